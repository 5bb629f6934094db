/**
 * Writes the netlink messages that the kernel sends, byte for byte. Independent of src/.
 * Sources: include/uapi/linux/netlink.h, genetlink.h, taskstats.h; kernel/taskstats.c (mk_reply).
 */

import { endianness } from "node:os";

const little = endianness() === "LE";

const NLMSG_ERROR = 2;
const TASKSTATS_CMD_NEW = 2;
const CGROUPSTATS_CMD_NEW = 5;
const CGROUPSTATS_TYPE_CGROUP_STATS = 1;
const TASKSTATS_GENL_VERSION = 1;
const NLM_F_CAPPED = 0x100;

/** Attribute types of a taskstats message. */
export const types = { PID: 1, TGID: 2, STATS: 3, AGGR_PID: 4, AGGR_TGID: 5, NULL: 6 } as const;

/**
 * Where a machine that needs alignment puts TASKSTATS_TYPE_NULL: before each aggregate (2.6.37 to 4.6), or before a
 * struct that would otherwise not begin at a multiple of eight (since 4.7, nla_reserve_64bit).
 */
export type Padding = "none" | "before" | "between";

/** A struct and the id beside it. */
export interface Aggregate {
  readonly id: number;
  readonly struct: Uint8Array;
}

export interface MessageFields {
  readonly type: number;
  readonly flags?: number;
  readonly seq?: number;
  readonly portId?: number;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function u32(value: number): Uint8Array {
  const out = new Uint8Array(4);
  new DataView(out.buffer).setUint32(0, value, little);
  return out;
}

/** One struct nlattr with its payload, padded to four bytes. */
export function writeAttribute(type: number, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(Math.ceil((4 + payload.length) / 4) * 4);
  const view = new DataView(out.buffer);
  view.setUint16(0, 4 + payload.length, little);
  view.setUint16(2, type, little);
  out.set(payload, 4);
  return out;
}

/** One struct nlmsghdr with its payload. */
export function writeMessage({ type, flags = 0, seq = 0, portId = 0 }: MessageFields, payload: Uint8Array): Uint8Array {
  const out = new Uint8Array(16 + payload.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, out.length, little);
  view.setUint16(4, type, little);
  view.setUint16(6, flags, little);
  view.setUint32(8, seq, little);
  view.setUint32(12, portId, little);
  out.set(payload, 16);
  return out;
}

const genericHeader = new Uint8Array([TASKSTATS_CMD_NEW, TASKSTATS_GENL_VERSION, 0, 0]);

/** A generic netlink message of the family with these attributes. */
export function writeGenericMessage(fields: MessageFields, attributes: readonly Uint8Array[]): Uint8Array {
  return writeMessage(fields, concat([genericHeader, ...attributes]));
}

/** @param at where the aggregate will begin in its message, which decides whether the struct needs padding */
function writeAggregate(kind: "PID" | "TGID", { id, struct }: Aggregate, at: number, padding: Padding): Uint8Array {
  const empty = writeAttribute(types.NULL, new Uint8Array(0));
  const idAttribute = writeAttribute(types[kind], u32(id));
  const unaligned = (at + 4 + idAttribute.length) % 8 === 0;
  const inner = padding === "between" && unaligned ? [idAttribute, empty] : [idAttribute];
  const nest = writeAttribute(types[`AGGR_${kind}`], concat([...inner, writeAttribute(types.STATS, struct)]));
  return padding === "before" ? concat([empty, nest]) : nest;
}

/** The structs of a reply or an exit event: a thread's, a process's, or a thread's and then a process's. */
export interface Records {
  readonly thread?: Aggregate | undefined;
  readonly process?: Aggregate | undefined;
  readonly padding?: Padding;
}

/** A reply to a query or an exit event: their forms are the same. */
export function writeRecords(fields: MessageFields, { thread, process, padding = "none" }: Records): Uint8Array {
  const attributes: Uint8Array[] = [];
  let at = 20;
  if (thread !== undefined) {
    const first = writeAggregate("PID", thread, at, padding);
    attributes.push(first);
    at += first.length;
  }
  if (process !== undefined) attributes.push(writeAggregate("TGID", process, at, padding));
  return writeGenericMessage(fields, attributes);
}

/** The reply about a control group: `struct cgroupstats` of these u64. */
export function writeCgroupStats(fields: MessageFields, figures: readonly number[]): Uint8Array {
  const struct = new Uint8Array(8 * figures.length);
  const view = new DataView(struct.buffer);
  figures.forEach((figure, index) => view.setBigUint64(8 * index, BigInt(figure), little));
  const header = new Uint8Array([CGROUPSTATS_CMD_NEW, TASKSTATS_GENL_VERSION, 0, 0]);
  return writeMessage(fields, concat([header, writeAttribute(CGROUPSTATS_TYPE_CGROUP_STATS, struct)]));
}

export interface ErrorFields {
  /** Positive; 0 for an acknowledgement. */
  readonly errno: number;
  readonly seq: number;
  readonly portId?: number;
  /** The request. An error repeats it whole, an acknowledgement only its header. */
  readonly request?: Uint8Array;
}

/** NLMSG_ERROR, or an acknowledgement where `errno` is 0. */
export function writeError({ errno, seq, portId = 0, request = new Uint8Array(16) }: ErrorFields): Uint8Array {
  const flags = errno === 0 ? NLM_F_CAPPED : 0;
  const repeated = errno === 0 ? request.subarray(0, 16) : request;
  return writeMessage({ type: NLMSG_ERROR, flags, seq, portId }, concat([u32(-errno >>> 0), repeated]));
}
