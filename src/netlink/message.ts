/** Reads and writes the header of a netlink message in place. Source: include/uapi/linux/netlink.h, struct nlmsghdr. */

import { littleEndian, readUint16, readUint32 } from "../base/byte-order.ts";
import type { ErrorCode } from "../base/errors.ts";
import { GENL_HDRLEN, NLMSG_HDRLEN } from "./constants.ts";

/** What is read of a header. The caller reuses one object for all messages. */
export interface MessageHeader {
  type: number;
  seq: number;
  /** Where the payload begins. */
  payloadAt: number;
  /** Where the message ends, before its padding. */
  end: number;
}

/**
 * Reads the header at `at`, in a datagram that ends at `limit`.
 *
 * @returns an error where the header, or the message of the length that it gives, does not fit into the datagram
 */
export function readMessageHeader(
  view: DataView,
  at: number,
  limit: number,
  out: MessageHeader,
): ErrorCode | undefined {
  if (limit - at < NLMSG_HDRLEN) return "MESSAGE_TRUNCATED";
  const length = readUint32(view, at);
  if (length < NLMSG_HDRLEN) return "MESSAGE_LENGTH";
  if (length > limit - at) return "MESSAGE_TRUNCATED";
  out.type = readUint16(view, at + 4);
  out.seq = readUint32(view, at + 8);
  out.payloadAt = at + NLMSG_HDRLEN;
  out.end = at + length;
  return undefined;
}

/** The fields of a generic netlink request. The port id is not among them: the kernel knows the sender. */
export interface RequestHeader {
  readonly length: number;
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly command: number;
  readonly version: number;
}

/** Writes struct nlmsghdr, with the port id 0, and struct genlmsghdr at `at`. */
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

/** Offset of the first attribute in a generic netlink message. */
export const attributesAt = NLMSG_HDRLEN + GENL_HDRLEN;
