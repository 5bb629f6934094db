/**
 * Reads one taskstats datagram: a reply, an exit event, an error or an acknowledgement.
 * It throws nothing: what does not fit is an error code, for the caller to count.
 * Source: include/uapi/linux/taskstats.h, kernel/taskstats.c (mk_reply), include/uapi/linux/netlink.h.
 */

import { littleEndian } from "../base/byte-order.ts";
import type { ErrorCode } from "../base/errors.ts";
import { slotOf } from "../fields/fields.ts";
import { readAttribute, type Attribute } from "../netlink/attribute.ts";
import { NLMSG_ERROR } from "../netlink/constants.ts";
import { attributesAt, readMessageHeader, type MessageHeader } from "../netlink/message.ts";
import {
  TASKSTATS_TYPE_AGGR_PID,
  TASKSTATS_TYPE_AGGR_TGID,
  TASKSTATS_TYPE_PID,
  TASKSTATS_TYPE_STATS,
  TASKSTATS_TYPE_TGID,
} from "./constants.ts";
import { createRecord, type RecordReader, type RecordScope, type RecordValues } from "./record.ts";

/** One struct of a datagram and the id beside it. */
export interface Part {
  present: boolean;
  /** Thread id of AGGR_PID, process id of AGGR_TGID: from the attribute, since the struct of a group has none. */
  id: number;
  /** The struct's own version; 0 in AGGR_TGID of 5.10 and 6.1. */
  version: number;
  bytes: number;
  readonly values: RecordValues;
}

/** What a datagram held. One object is reused for all datagrams; its contents last until the next `decode`. */
export interface Reception {
  seq: number;
  /** Positive errno of an error message; 0 for an acknowledgement; undefined where there are records. */
  errno: number | undefined;
  readonly thread: Part;
  readonly process: Part;
  /** The process that the thread belongs to (ac_tgid); undefined before struct version 12, whose records do not say. */
  readonly tgid: number | undefined;
  /** ac_comm of the thread's record. Read on demand, since most receivers do not need it. */
  readComm(): string;
}

export interface Decoder {
  readonly reception: Reception;
  /** Decodes the datagram at `at`, `length` bytes long, into `reception`. @returns the error where it cannot be read */
  decode(view: DataView, at: number, length: number): ErrorCode | undefined;
}

const tgidSlot = slotOf("ac_tgid");

function createPart(): Part {
  return { present: false, id: 0, version: 0, bytes: 0, values: createRecord() };
}

/** @param familyId the type of all messages but errors */
export function createDecoder(familyId: number, reader: RecordReader): Decoder {
  const header: MessageHeader = { type: 0, seq: 0, payloadAt: 0, end: 0 };
  const outer: Attribute = { type: 0, payloadAt: 0, end: 0, next: 0 };
  const inner: Attribute = { type: 0, payloadAt: 0, end: 0, next: 0 };
  const readOptions = { scope: "thread" as RecordScope, version: 0, out: createRecord() };
  let source: DataView | undefined;
  let threadAt = 0;

  const reception: Reception = {
    seq: 0,
    errno: undefined,
    thread: createPart(),
    process: createPart(),
    get tgid() {
      const tgid = reception.thread.values[tgidSlot] as number;
      return reception.thread.present && tgid > 0 ? tgid : undefined;
    },
    readComm() {
      return source !== undefined && reception.thread.present
        ? reader.readComm(source, threadAt, reception.thread.version)
        : "";
    },
  };

  function decodeStruct(view: DataView, part: Part, scope: RecordScope): ErrorCode | undefined {
    const length = inner.end - inner.payloadAt;
    if (length < 2) return "RECORD_VERSION";
    part.version = view.getUint16(inner.payloadAt, littleEndian);
    part.bytes = length;
    readOptions.scope = scope;
    // A group's struct of version 0 has the layout of the thread's struct beside it.
    readOptions.version = part.version === 0 && scope === "group" ? reception.thread.version : part.version;
    readOptions.out = part.values;
    if (scope === "thread") threadAt = inner.payloadAt;
    return reader.read(view, inner.payloadAt, length, readOptions) ? undefined : "RECORD_VERSION";
  }

  /** AGGR_PID or AGGR_TGID: an id, and a struct, and on strict-alignment machines TASKSTATS_TYPE_NULL between them. */
  function decodeAggregate(view: DataView, part: Part, scope: RecordScope): ErrorCode | undefined {
    const idType = scope === "thread" ? TASKSTATS_TYPE_PID : TASKSTATS_TYPE_TGID;
    const { end } = outer;
    let hasId = false;
    let hasStruct = false;
    for (let at = outer.payloadAt; at < end; at = inner.next) {
      if (!readAttribute(view, at, end, inner)) return "MESSAGE_LENGTH";
      if (inner.type === idType) {
        if (inner.end - inner.payloadAt < 4) return "MESSAGE_LENGTH";
        part.id = view.getUint32(inner.payloadAt, littleEndian);
        hasId = true;
      } else if (inner.type === TASKSTATS_TYPE_STATS) {
        const error = decodeStruct(view, part, scope);
        if (error !== undefined) return error;
        hasStruct = true;
      }
    }
    part.present = hasId && hasStruct;
    return part.present ? undefined : "RECORD_MISSING";
  }

  function decodeRecords(view: DataView, at: number): ErrorCode | undefined {
    const { end } = header;
    if (end - at < attributesAt) return "MESSAGE_LENGTH";
    for (let from = at + attributesAt; from < end; from = outer.next) {
      if (!readAttribute(view, from, end, outer)) return "MESSAGE_LENGTH";
      let error: ErrorCode | undefined;
      if (outer.type === TASKSTATS_TYPE_AGGR_PID) error = decodeAggregate(view, reception.thread, "thread");
      else if (outer.type === TASKSTATS_TYPE_AGGR_TGID) error = decodeAggregate(view, reception.process, "group");
      if (error !== undefined) return error;
    }
    return reception.thread.present || reception.process.present ? undefined : "RECORD_MISSING";
  }

  /** struct nlmsgerr: a negative errno, then the header of the request. */
  function decodeError(view: DataView): ErrorCode | undefined {
    if (header.end - header.payloadAt < 4) return "MESSAGE_LENGTH";
    const error = view.getInt32(header.payloadAt, littleEndian);
    if (error > 0) return "MESSAGE_TYPE";
    reception.errno = 0 - error;
    return undefined;
  }

  return {
    reception,
    decode(view, at, length) {
      source = view;
      reception.errno = undefined;
      reception.thread.present = false;
      reception.thread.version = 0;
      reception.process.present = false;
      const limit = at + length;
      if (limit > view.byteLength) return "MESSAGE_TRUNCATED";
      const error = readMessageHeader(view, at, limit, header);
      if (error !== undefined) return error;
      reception.seq = header.seq;
      if (header.type === NLMSG_ERROR) return decodeError(view);
      return header.type === familyId ? decodeRecords(view, at) : "MESSAGE_TYPE";
    },
  };
}
