/**
 * Decodes the kernel's answer to a request for the tasks of a control group: `struct cgroupstats`, or an error. It never throws.
 * Source: include/uapi/linux/cgroupstats.h; kernel/taskstats.c, cgroupstats_user_cmd().
 */

import { littleEndian } from "../base/byte-order.ts";
import type { ErrorCode } from "../base/errors.ts";
import { cgroupStates } from "../fields/cgroup-stats.ts";
import { readAttribute, type Attribute } from "../netlink/attribute.ts";
import { NLMSG_ERROR, NLMSG_HDRLEN } from "../netlink/constants.ts";
import { attributesAt, readMessageHeader, type MessageHeader } from "../netlink/message.ts";
import { CGROUPSTATS_CMD_NEW, CGROUPSTATS_TYPE_CGROUP_STATS } from "./constants.ts";

export interface CgroupReply {
  readonly seq: number;
  /** Numbers of tasks in the order of `cgroupStates`; undefined where the kernel refused. */
  readonly tasks: readonly number[] | undefined;
  /** The positive errno of a refusal; undefined where there are numbers. */
  readonly errno: number | undefined;
}

const structBytes = 8 * cgroupStates.length;

function decodeError(view: DataView, { payloadAt, end, seq }: MessageHeader): CgroupReply | ErrorCode {
  if (end - payloadAt < 4) return "MESSAGE_LENGTH";
  const error = view.getInt32(payloadAt, littleEndian);
  // 0 is an acknowledgement, which no request of this program asks for.
  return error < 0 ? { seq, errno: -error, tasks: undefined } : "MESSAGE_TYPE";
}

function decodeTasks(view: DataView, at: number, end: number): readonly number[] | ErrorCode {
  const attribute: Attribute = { type: 0, payloadAt: 0, end: 0, next: 0 };
  for (let from = at; from < end; from = attribute.next) {
    if (!readAttribute(view, from, end, attribute)) return "MESSAGE_LENGTH";
    if (attribute.type !== CGROUPSTATS_TYPE_CGROUP_STATS) continue;
    const { payloadAt } = attribute;
    // A newer kernel may add members at the end.
    if (attribute.end - payloadAt < structBytes) return "MESSAGE_LENGTH";
    return cgroupStates.map((_, index) => Number(view.getBigUint64(payloadAt + 8 * index, littleEndian)));
  }
  return "RECORD_MISSING";
}

/**
 * Decodes the `length` bytes at `at`.
 *
 * @param familyId the message type of replies
 * @returns the error of a malformed datagram
 */
export function decodeCgroupReply(
  view: DataView,
  { at, length }: { readonly at: number; readonly length: number },
  familyId: number,
): CgroupReply | ErrorCode {
  const header: MessageHeader = { type: 0, seq: 0, payloadAt: 0, end: 0 };
  if (at + length > view.byteLength) return "MESSAGE_TRUNCATED";
  const error = readMessageHeader(view, at, at + length, header);
  if (error !== undefined) return error;
  if (header.type === NLMSG_ERROR) return decodeError(view, header);
  if (header.type !== familyId) return "MESSAGE_TYPE";
  if (header.end - at < attributesAt) return "MESSAGE_LENGTH";
  if (view.getUint8(at + NLMSG_HDRLEN) !== CGROUPSTATS_CMD_NEW) return "MESSAGE_TYPE";
  const tasks = decodeTasks(view, at + attributesAt, header.end);
  return typeof tasks === "string" ? tasks : { seq: header.seq, tasks, errno: undefined };
}
