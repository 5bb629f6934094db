/** Writes taskstats requests. Source: include/uapi/linux/taskstats.h, kernel/taskstats.c. */

import { littleEndian } from "../base/byte-order.ts";
import { writeAttributeHeader } from "../netlink/attribute.ts";
import { align4, NLA_HDRLEN, NLM_F_ACK, NLM_F_REQUEST } from "../netlink/constants.ts";
import { attributesAt, writeRequestHeader } from "../netlink/message.ts";
import { TASKSTATS_CMD_GET, TASKSTATS_GENL_VERSION } from "./constants.ts";

/** Bytes of one query. */
export const queryBytes = attributesAt + NLA_HDRLEN + 4;

export interface Query {
  readonly familyId: number;
  readonly seq: number;
  /** TASKSTATS_CMD_ATTR_PID or TASKSTATS_CMD_ATTR_TGID. */
  readonly attribute: number;
  /** A thread's id, or a process's. */
  readonly id: number;
}

/** Writes one query at `at`. @returns where the next one may begin */
export function encodeQuery(view: DataView, at: number, { familyId, seq, attribute, id }: Query): number {
  const header = { length: queryBytes, type: familyId, flags: NLM_F_REQUEST, seq };
  writeRequestHeader(view, at, { ...header, command: TASKSTATS_CMD_GET, version: TASKSTATS_GENL_VERSION });
  view.setUint32(writeAttributeHeader(view, at + attributesAt, attribute, 4), id, littleEndian);
  return at + queryBytes;
}

export interface CpumaskRequest {
  readonly familyId: number;
  readonly seq: number;
  /** TASKSTATS_CMD_ATTR_REGISTER_CPUMASK or its opposite. */
  readonly attribute: number;
  /** CPUs in the kernel's list form, such as `0-3`. An empty list is accepted and does nothing. */
  readonly cpulist: string;
}

/** A registration for exit events; the kernel acknowledges it. */
export function encodeCpumask({ familyId, seq, attribute, cpulist }: CpumaskRequest): Uint8Array {
  const text = new TextEncoder().encode(`${cpulist}\0`);
  const bytes = new Uint8Array(align4(attributesAt + NLA_HDRLEN + text.length));
  const view = new DataView(bytes.buffer);
  const header = { length: bytes.length, type: familyId, flags: NLM_F_REQUEST | NLM_F_ACK, seq };
  writeRequestHeader(view, 0, { ...header, command: TASKSTATS_CMD_GET, version: TASKSTATS_GENL_VERSION });
  bytes.set(text, writeAttributeHeader(view, attributesAt, attribute, text.length));
  return bytes;
}
