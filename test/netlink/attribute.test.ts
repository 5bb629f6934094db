/** Attributes as bytes, written by the tests' own writer, and attributes with wrong lengths. */

import { endianness } from "node:os";
import { describe, expect, test } from "@jest/globals";
import { readAttribute, writeAttributeHeader, type Attribute } from "../../src/netlink/attribute.ts";
import { writeAttribute } from "../support/message-writer.ts";

const little = endianness() === "LE";

function read(bytes: Uint8Array, at: number, limit: number): { accepted: boolean; attribute: Attribute } {
  const attribute: Attribute = { type: -1, payloadAt: -1, end: -1, next: -1 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { accepted: readAttribute(view, at, limit, attribute), attribute };
}

/** An attribute whose header says `length`, in `room` bytes. */
function withLength(length: number, room: number): Uint8Array {
  const bytes = new Uint8Array(room);
  new DataView(bytes.buffer).setUint16(0, length, little);
  return bytes;
}

describe("reading an attribute", () => {
  test("finds its type, its payload and the next one behind the padding", () => {
    const bytes = writeAttribute(3, new Uint8Array(5));
    expect(read(bytes, 0, bytes.length)).toEqual({
      accepted: true,
      attribute: { type: 3, payloadAt: 4, end: 9, next: 12 },
    });
  });

  test("reads at the given offset", () => {
    const bytes = new Uint8Array([...new Uint8Array(8), ...writeAttribute(7, new Uint8Array(4))]);
    expect(read(bytes, 8, bytes.length).attribute).toEqual({ type: 7, payloadAt: 12, end: 16, next: 16 });
  });

  test.each([0x8000, 0x4000, 0xc000])("leaves the flag %i out of the type", (flag) => {
    expect(read(writeAttribute(4 | flag, new Uint8Array(0)), 0, 4).attribute.type).toBe(4);
  });

  test("accepts every length from its header's to its parent's, and no other", () => {
    const room = 20;
    const wrong: number[] = [];
    for (let length = 0; length <= 0xffff; length++) {
      const { accepted, attribute } = read(withLength(length, room), 0, room);
      const fits = length >= 4 && length <= room;
      const right = attribute.end === length && attribute.next === Math.ceil(length / 4) * 4;
      if (accepted !== fits || (fits && !right)) wrong.push(length);
    }
    expect(wrong).toEqual([]);
  });

  test("refuses an attribute whose parent ends within its header, without reading it", () => {
    for (let room = 0; room < 4; room++) expect(read(new Uint8Array(room), 0, room).accepted).toBe(false);
  });

  test("finds the next attribute at least a header further on", () => {
    expect(read(withLength(4, 8), 0, 8).attribute.next).toBe(4);
  });
});

test("a written header reads back, and the payload follows it", () => {
  const bytes = new Uint8Array(16);
  const payloadAt = writeAttributeHeader(new DataView(bytes.buffer), 4, 2, 4);
  expect(payloadAt).toBe(8);
  expect(bytes.subarray(4, 12)).toEqual(writeAttribute(2, new Uint8Array(4)));
});
