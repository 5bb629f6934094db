/** One netlink attribute, read and written in place. Source: include/uapi/linux/netlink.h, struct nlattr. */

import { littleEndian } from "../base/byte-order.ts";
import { align4, NLA_HDRLEN, NLA_TYPE_MASK } from "./constants.ts";

/** An attribute's fields; one object is reused for all attributes of a level. */
export interface Attribute {
  type: number;
  payloadAt: number;
  /** Where the payload ends, its padding left out. */
  end: number;
  /** Where the next attribute begins; never less than four bytes on. */
  next: number;
}

/**
 * Reads the attribute at `at` of a parent that ends at `limit`.
 *
 * @returns false where it is shorter than its header or runs past its parent
 */
export function readAttribute(view: DataView, at: number, limit: number, out: Attribute): boolean {
  if (limit - at < NLA_HDRLEN) return false;
  const length = view.getUint16(at, littleEndian);
  if (length < NLA_HDRLEN || length > limit - at) return false;
  out.type = view.getUint16(at + 2, littleEndian) & NLA_TYPE_MASK;
  out.payloadAt = at + NLA_HDRLEN;
  out.end = at + length;
  out.next = at + align4(length);
  return true;
}

/** Writes an attribute's header; its payload of `payloadBytes` follows at the returned offset. */
export function writeAttributeHeader(view: DataView, at: number, type: number, payloadBytes: number): number {
  view.setUint16(at, NLA_HDRLEN + payloadBytes, littleEndian);
  view.setUint16(at + 2, type, littleEndian);
  return at + NLA_HDRLEN;
}
