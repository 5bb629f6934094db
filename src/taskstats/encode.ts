/** Encodes taskstats requests. Source: include/uapi/linux/taskstats.h, kernel/taskstats.c. */

import { littleEndian } from "../base/byte-order.ts";
import { writeAttributeHeader } from "../netlink/attribute.ts";
import { align4, NLA_HDRLEN, NLM_F_ACK, NLM_F_REQUEST } from "../netlink/constants.ts";
import { attributesAt, writeRequestHeader } from "../netlink/message.ts";
import {
  CGROUPSTATS_CMD_ATTR_FD,
  CGROUPSTATS_CMD_GET,
  TASKSTATS_CMD_GET,
  TASKSTATS_GENL_VERSION,
} from "./constants.ts";

/** Bytes of one query. */
export const queryBytes = attributesAt + NLA_HDRLEN + 4;

/** Offsets within a query of the parts that differ from query to query. */
const queryPart = { seq: 8, type: attributesAt + 2, id: attributesAt + NLA_HDRLEN } as const;

/** Queries that are sent as one datagram. Their constant parts are written once, when the batch is created. */
export interface QueryBatch {
  readonly bytes: Uint8Array;
  /**
   * Writes the query at `index`.
   *
   * @param attribute TASKSTATS_CMD_ATTR_PID or TASKSTATS_CMD_ATTR_TGID
   * @param id the id of a thread or of a process, as `attribute` says
   */
  write(index: number, query: { readonly seq: number; readonly attribute: number; readonly id: number }): void;
}

/** Creates a batch with room for `size` queries. */
export function createQueryBatch(familyId: number, size: number): QueryBatch {
  const bytes = new Uint8Array(size * queryBytes);
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += queryBytes) {
    const header = { length: queryBytes, type: familyId, flags: NLM_F_REQUEST, seq: 0 };
    writeRequestHeader(view, at, { ...header, command: TASKSTATS_CMD_GET, version: TASKSTATS_GENL_VERSION });
    writeAttributeHeader(view, at + attributesAt, 0, 4);
  }
  return {
    bytes,
    write(index, { seq, attribute, id }) {
      const at = index * queryBytes;
      view.setUint32(at + queryPart.seq, seq, littleEndian);
      view.setUint16(at + queryPart.type, attribute, littleEndian);
      view.setUint32(at + queryPart.id, id, littleEndian);
    },
  };
}

export interface CpumaskRequest {
  readonly familyId: number;
  readonly seq: number;
  /** TASKSTATS_CMD_ATTR_REGISTER_CPUMASK or TASKSTATS_CMD_ATTR_DEREGISTER_CPUMASK. */
  readonly attribute: number;
  /** CPUs in the kernel's list format, such as `0-3`. The kernel accepts an empty list, which registers nothing. */
  readonly cpulist: string;
}

/** Encodes a request that begins or ends a registration for exit events. The kernel acknowledges it. */
export function encodeCpumask({ familyId, seq, attribute, cpulist }: CpumaskRequest): Uint8Array {
  const text = new TextEncoder().encode(`${cpulist}\0`);
  const bytes = new Uint8Array(align4(attributesAt + NLA_HDRLEN + text.length));
  const view = new DataView(bytes.buffer);
  const header = { length: bytes.length, type: familyId, flags: NLM_F_REQUEST | NLM_F_ACK, seq };
  writeRequestHeader(view, 0, { ...header, command: TASKSTATS_CMD_GET, version: TASKSTATS_GENL_VERSION });
  bytes.set(text, writeAttributeHeader(view, attributesAt, attribute, text.length));
  return bytes;
}

export interface CgroupRequest {
  readonly familyId: number;
  readonly seq: number;
  /** The file descriptor under which this process has opened the directory of a control group. */
  readonly descriptor: number;
}

/** Encodes a request for the tasks of a control group. Source: kernel/taskstats.c, cgroupstats_user_cmd(). */
export function encodeCgroupQuery({ familyId, seq, descriptor }: CgroupRequest): Uint8Array {
  const bytes = new Uint8Array(queryBytes);
  const view = new DataView(bytes.buffer);
  const header = { length: queryBytes, type: familyId, flags: NLM_F_REQUEST, seq };
  writeRequestHeader(view, 0, { ...header, command: CGROUPSTATS_CMD_GET, version: TASKSTATS_GENL_VERSION });
  view.setUint32(writeAttributeHeader(view, attributesAt, CGROUPSTATS_CMD_ATTR_FD, 4), descriptor, littleEndian);
  return bytes;
}
