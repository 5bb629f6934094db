/** The few parts of the protocol buffers encoding that the metrics need. Source: protobuf.dev, "Encoding". */

import type { Scratch } from "./scratch.ts";

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;

/** A varint of a whole number from 0 to 2^53. */
export function writeVarint(scratch: Scratch, value: number): void {
  scratch.reserve(10);
  let rest = value;
  while (rest >= 0x80) {
    scratch.bytes[scratch.length++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  scratch.bytes[scratch.length++] = rest;
}

export function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) length++;
  return length;
}

/** A signed number as sint32 and sint64 have it: small ones take few bytes, whatever their sign. */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);

export function writeVarintField(scratch: Scratch, field: number, value: number): void {
  writeVarint(scratch, field * 8 + VARINT);
  writeVarint(scratch, value);
}

/** The tag of a field whose double follows. */
export function beginDouble(scratch: Scratch, field: number): void {
  writeVarint(scratch, field * 8 + FIXED64);
}

export function writeDoubleField(scratch: Scratch, field: number, value: number): void {
  beginDouble(scratch, field);
  scratch.double(value);
}

/** The tag and length of a field of so many bytes, which follow. */
export function beginField(scratch: Scratch, field: number, length: number): void {
  writeVarint(scratch, field * 8 + LENGTH_DELIMITED);
  writeVarint(scratch, length);
}

export function writeTextField(scratch: Scratch, field: number, text: string): void {
  beginField(scratch, field, Buffer.byteLength(text));
  scratch.text(text);
}

/** Numbers of fields of the type google.protobuf.Timestamp. */
const timestamp = { seconds: 1, nanos: 2 } as const;

/** @param time in seconds since 1970 */
export function writeTimestamp(scratch: Scratch, field: number, time: number): void {
  const seconds = Math.floor(time);
  const nanos = Math.floor((time - seconds) * 1e9);
  beginField(scratch, field, 2 + varintLength(seconds) + varintLength(nanos));
  writeVarintField(scratch, timestamp.seconds, seconds);
  writeVarintField(scratch, timestamp.nanos, nanos);
}
