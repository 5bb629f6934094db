/**
 * Decodes one taskstats datagram: a reply, an exit event, an error or an acknowledgement.
 * It never throws. A datagram that is not well formed gives an error code, which the caller counts.
 * Source: include/uapi/linux/taskstats.h, kernel/taskstats.c (mk_reply), include/uapi/linux/netlink.h.
 */

import { littleEndian, readUint16, readUint32 } from "../base/byte-order.ts";
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

/** One struct of a datagram, and the id that the datagram gives with it. */
export interface Part {
  present: boolean;
  /** The thread's id in AGGR_PID, the process's id in AGGR_TGID. It comes from the attribute: a process's struct has no id. */
  id: number;
  /** The member `version` of the struct. Linux 5.10 and 6.1 leave it 0 in AGGR_TGID. */
  version: number;
  bytes: number;
  readonly values: RecordValues;
}

/** The contents of a datagram. Each `decode` overwrites the same object. */
export interface Reception {
  seq: number;
  /** The positive errno of an error message, 0 for an acknowledgement, undefined for records. */
  errno: number | undefined;
  readonly thread: Part;
  readonly process: Part;
  /** The id of the thread's process (ac_tgid). Undefined before struct version 12, which does not have that member. */
  readonly tgid: number | undefined;
  /** Reads ac_comm of the thread's record. It is a function because most callers do not need the text. */
  readComm(): string;
}

export interface Decoder {
  readonly reception: Reception;
  /** Decodes the `length` bytes at `at` into `reception`. @returns the error of a malformed datagram */
  decode(view: DataView, at: number, length: number): ErrorCode | undefined;
}

const tgidSlot = slotOf("ac_tgid");

function createPart(): Part {
  return { present: false, id: 0, version: 0, bytes: 0, values: createRecord() };
}

/** @param familyId the message type of replies and exit events; errors have the type NLMSG_ERROR */
export function createDecoder(familyId: number, reader: RecordReader): Decoder {
  const header: MessageHeader = { type: 0, seq: 0, payloadAt: 0, end: 0 };
  const outer: Attribute = { type: 0, payloadAt: 0, end: 0, next: 0 };
  const inner: Attribute = { type: 0, payloadAt: 0, end: 0, next: 0 };
  const readOptions = { scope: "thread" as RecordScope, version: 0, out: createRecord() };
  let source: DataView | undefined;
  let threadAt = 0;

  const reception: Reception & { tgid: number | undefined } = {
    seq: 0,
    errno: undefined,
    thread: createPart(),
    process: createPart(),
    tgid: undefined,
    readComm() {
      return source !== undefined && reception.thread.present
        ? reader.readComm(source, threadAt, reception.thread.version)
        : "";
    },
  };

  function decodeStruct(view: DataView, part: Part, scope: RecordScope): ErrorCode | undefined {
    const length = inner.end - inner.payloadAt;
    if (length < 2) return "RECORD_VERSION";
    part.version = readUint16(view, inner.payloadAt);
    part.bytes = length;
    readOptions.scope = scope;
    // The struct of a process may say version 0. It has the layout of the thread's struct in the same datagram.
    readOptions.version = part.version === 0 && scope === "group" ? reception.thread.version : part.version;
    readOptions.out = part.values;
    if (scope === "thread") threadAt = inner.payloadAt;
    return reader.read(view, inner.payloadAt, length, readOptions) ? undefined : "RECORD_VERSION";
  }

  function noteTgid({ present, values }: Part): void {
    const tgid = values[tgidSlot] as number;
    reception.tgid = present && tgid > 0 ? tgid : undefined;
  }

  /** AGGR_PID and AGGR_TGID hold an id and a struct. Machines with strict alignment put TASKSTATS_TYPE_NULL between them. */
  function decodeAggregate(view: DataView, part: Part, scope: RecordScope): ErrorCode | undefined {
    const idType = scope === "thread" ? TASKSTATS_TYPE_PID : TASKSTATS_TYPE_TGID;
    const { end } = outer;
    let hasId = false;
    let hasStruct = false;
    for (let at = outer.payloadAt; at < end; at = inner.next) {
      if (!readAttribute(view, at, end, inner)) return "MESSAGE_LENGTH";
      if (inner.type === idType) {
        if (inner.end - inner.payloadAt < 4) return "MESSAGE_LENGTH";
        part.id = readUint32(view, inner.payloadAt);
        hasId = true;
      } else if (inner.type === TASKSTATS_TYPE_STATS) {
        const error = decodeStruct(view, part, scope);
        if (error !== undefined) return error;
        hasStruct = true;
      }
    }
    part.present = hasId && hasStruct;
    if (scope === "thread") noteTgid(part);
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

  /** Reads struct nlmsgerr: a negative errno, then the header of the request. */
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
      reception.tgid = undefined;
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
