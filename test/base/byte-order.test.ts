/** Numbers in this machine's order, against typed arrays, which always have that order. */

import { expect, test } from "@jest/globals";
import { littleEndian, readUint16, readUint32, readUint64 } from "../../src/base/byte-order.ts";
import { fc } from "../support/properties.ts";

const viewOf = (numbers: Uint16Array | Uint32Array | BigUint64Array): DataView => new DataView(numbers.buffer);

test("numbers of all widths are read as the machine has written them", () => {
  expect(readUint16(viewOf(Uint16Array.of(1, 0x1234)), 2)).toBe(0x1234);
  expect(readUint32(viewOf(Uint32Array.of(1, 0xfedcba98)), 4)).toBe(0xfedcba98);
  expect(readUint64(viewOf(BigUint64Array.of(1n, 2n ** 53n - 1n)), 8)).toBe(2 ** 53 - 1);
  expect(littleEndian).toBe(viewOf(Uint16Array.of(1)).getUint8(0) === 1);
});

test("a number of eight bytes is the nearest double", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
      expect(readUint64(viewOf(BigUint64Array.of(value)), 0)).toBe(Number(value));
    }),
    { interruptAfterTimeLimit: 1000 },
  );
});

test("a number at an odd offset is read too, and one beyond the end is not", () => {
  const bytes = new Uint8Array(10);
  bytes.set(new Uint8Array(Uint32Array.of(0x01020304).buffer), 3);
  const view = new DataView(bytes.buffer);
  expect(readUint32(view, 3)).toBe(0x01020304);
  expect(() => readUint64(view, 3)).toThrow(RangeError);
});
