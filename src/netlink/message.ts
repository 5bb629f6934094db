/** One netlink message's header, read and written in place. Source: include/uapi/linux/netlink.h, struct nlmsghdr. */

import { littleEndian } from "../base/byte-order.ts";
import type { ErrorCode } from "../base/errors.ts";
import { GENL_HDRLEN, NLMSG_HDRLEN } from "./constants.ts";

/** A header's fields; one object is reused for all messages. */
export interface MessageHeader {
  type: number;
  seq: number;
  /** Where the payload begins. */
  payloadAt: number;
  /** Where the message ends, its padding left out. */
  end: number;
}

/**
 * Reads the header at `at` of a datagram that ends at `limit`.
 *
 * @returns the error where the header or what it announces does not fit
 */
export function readMessageHeader(
  view: DataView,
  at: number,
  limit: number,
  out: MessageHeader,
): ErrorCode | undefined {
  if (limit - at < NLMSG_HDRLEN) return "MESSAGE_TRUNCATED";
  const length = view.getUint32(at, littleEndian);
  if (length < NLMSG_HDRLEN) return "MESSAGE_LENGTH";
  if (length > limit - at) return "MESSAGE_TRUNCATED";
  out.type = view.getUint16(at + 4, littleEndian);
  out.seq = view.getUint32(at + 8, littleEndian);
  out.payloadAt = at + NLMSG_HDRLEN;
  out.end = at + length;
  return undefined;
}

/** The fields of a generic netlink request, besides what the kernel fills in. */
export interface RequestHeader {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly command: number;
  readonly version: number;
}

/** Writes struct nlmsghdr and struct genlmsghdr at `at`; the port id stays 0, the kernel knows the sender. */
export function writeRequestHeader(view: DataView, at: number, header: RequestHeader): void {
  view.setUint32(at, header.length, littleEndian);
  view.setUint16(at + 4, header.type, littleEndian);
  view.setUint16(at + 6, header.flags, littleEndian);
  view.setUint32(at + 8, header.seq, littleEndian);
  view.setUint32(at + 12, 0, littleEndian);
  view.setUint8(at + NLMSG_HDRLEN, header.command);
  view.setUint8(at + NLMSG_HDRLEN + 1, header.version);
  view.setUint16(at + NLMSG_HDRLEN + 2, 0, littleEndian);
}

/** Where the attributes of a generic netlink message begin, from where the message begins. */
export const attributesAt = NLMSG_HDRLEN + GENL_HDRLEN;
