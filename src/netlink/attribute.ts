/** Reads and writes the header of a netlink attribute in place. Source: include/uapi/linux/netlink.h, struct nlattr. */

import { littleEndian, readUint16 } from "../base/byte-order.ts";
import { align4, NLA_HDRLEN, NLA_TYPE_MASK } from "./constants.ts";

/** Where an attribute lies in its datagram. The caller reuses one object for all attributes of a level. */
export interface Attribute {
  type: number;
  payloadAt: number;
  /** Where the payload ends, before its padding. */
  end: number;
  /** Where the next attribute begins: at least four bytes after this one, so that a loop over attributes ends. */
  next: number;
}

/**
 * Reads the header of the attribute at `at`, whose parent ends at `limit`.
 *
 * @returns false where the attribute's length is less than its header's, or exceeds its parent
 */
export function readAttribute(view: DataView, at: number, limit: number, out: Attribute): boolean {
  if (limit - at < NLA_HDRLEN) return false;
  const length = readUint16(view, at);
  if (length < NLA_HDRLEN || length > limit - at) return false;
  out.type = readUint16(view, at + 2) & NLA_TYPE_MASK;
  out.payloadAt = at + NLA_HDRLEN;
  out.end = at + length;
  out.next = at + align4(length);
  return true;
}

/** Writes the header of an attribute. @returns where its payload of `payloadBytes` is to be written */
export function writeAttributeHeader(view: DataView, at: number, type: number, payloadBytes: number): number {
  view.setUint16(at, NLA_HDRLEN + payloadBytes, littleEndian);
  view.setUint16(at + 2, type, littleEndian);
  return at + NLA_HDRLEN;
}
