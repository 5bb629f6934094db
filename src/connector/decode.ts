/**
 * Decodes one datagram of the process connector. It never throws and never reads past the datagram's end. A datagram that is
 * not well formed gives an error code, which the caller counts.
 * Sources: include/uapi/linux/connector.h, include/uapi/linux/cn_proc.h.
 */

import { littleEndian } from "../base/byte-order.ts";
import type { ErrorCode } from "../base/errors.ts";
import { NLMSG_DONE } from "../netlink/constants.ts";
import { readMessageHeader, type MessageHeader } from "../netlink/message.ts";
import {
  CN_IDX_PROC,
  CN_MSG,
  CN_MSG_BYTES,
  CN_VAL_PROC,
  PROC_EVENT,
  PROC_EVENT_EXEC,
  PROC_EVENT_FORK,
  PROC_EVENT_NONE,
} from "./constants.ts";

/** The event of a datagram. Each `decode` overwrites the same object. */
export interface ProcessEvent {
  /** `answer`: the kernel's answer to a request of any listener. `other`: a kind that the exporter does not use. */
  kind: "fork" | "exec" | "answer" | "other";
  /** The new thread of a fork. Of an exec: the id that the thread has after the exec. */
  pid: number;
  /** The process of that thread. In a fork it equals `pid` if the process is new. */
  tgid: number;
  /** Of a fork: the process that forked. With CLONE_PARENT the kernel gives the parent of that process instead. */
  parentTgid: number;
  /** The time of the event, in microseconds of the kernel's monotonic clock. */
  atUs: number;
  /** Of an answer: the positive errno, or 0 if the kernel granted the request. */
  errno: number;
}

export interface ProcessEventDecoder {
  readonly event: ProcessEvent;
  /** Decodes the `length` bytes at `at` into `event`. @returns the error of a malformed datagram */
  decode(view: DataView, at: number, length: number): ErrorCode | undefined;
}

export function createProcessEventDecoder(): ProcessEventDecoder {
  const header: MessageHeader = { type: 0, seq: 0, payloadAt: 0, end: 0 };
  const event: ProcessEvent = { kind: "other", pid: 0, tgid: 0, parentTgid: 0, atUs: 0, errno: 0 };

  function readTask(view: DataView, pidAt: number, tgidAt: number): void {
    event.pid = view.getUint32(pidAt, littleEndian);
    event.tgid = view.getUint32(tgidAt, littleEndian);
  }

  /** Reads a u64 of nanoseconds as two 32-bit numbers, which is faster than a BigInt. */
  function readTime(view: DataView, at: number): void {
    const high = view.getUint32(at + (littleEndian ? 4 : 0), littleEndian);
    const low = view.getUint32(at + (littleEndian ? 0 : 4), littleEndian);
    event.atUs = (high * 2 ** 32 + low) / 1000;
  }

  /** Reads the struct proc_event between `at` and `end`. */
  function readEvent(view: DataView, at: number, end: number): ErrorCode | undefined {
    const { ack, fork, exec } = PROC_EVENT;
    const fits = (part: { readonly end: number }): boolean => at + part.end <= end;
    if (end - at < 4) return "MESSAGE_LENGTH";
    switch (view.getUint32(at + PROC_EVENT.what, littleEndian)) {
      case PROC_EVENT_FORK:
        if (!fits(fork)) return "MESSAGE_LENGTH";
        event.kind = "fork";
        readTask(view, at + fork.child_pid, at + fork.child_tgid);
        event.parentTgid = view.getUint32(at + fork.parent_tgid, littleEndian);
        readTime(view, at + PROC_EVENT.timestamp_ns);
        return undefined;
      case PROC_EVENT_EXEC:
        if (!fits(exec)) return "MESSAGE_LENGTH";
        event.kind = "exec";
        readTask(view, at + exec.process_pid, at + exec.process_tgid);
        readTime(view, at + PROC_EVENT.timestamp_ns);
        return undefined;
      case PROC_EVENT_NONE:
        if (!fits(ack)) return "MESSAGE_LENGTH";
        event.kind = "answer";
        event.errno = view.getUint32(at + ack.err, littleEndian);
        return undefined;
      default:
        event.kind = "other";
        return undefined;
    }
  }

  return {
    event,
    decode(view, at, length) {
      const limit = at + length;
      if (limit > view.byteLength) return "MESSAGE_TRUNCATED";
      const error = readMessageHeader(view, at, limit, header);
      if (error !== undefined) return error;
      if (header.type !== NLMSG_DONE) return "MESSAGE_TYPE";
      const { payloadAt, end } = header;
      if (end - payloadAt < CN_MSG_BYTES) return "MESSAGE_LENGTH";
      const idx = view.getUint32(payloadAt + CN_MSG.idx, littleEndian);
      const val = view.getUint32(payloadAt + CN_MSG.val, littleEndian);
      if (idx !== CN_IDX_PROC || val !== CN_VAL_PROC) return "MESSAGE_TYPE";
      const dataAt = payloadAt + CN_MSG_BYTES;
      const dataBytes = view.getUint16(payloadAt + CN_MSG.len, littleEndian);
      return dataAt + dataBytes > end ? "MESSAGE_LENGTH" : readEvent(view, dataAt, dataAt + dataBytes);
    },
  };
}
