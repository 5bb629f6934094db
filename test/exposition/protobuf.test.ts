/** The encoding against a library's. */

import { expect, test } from "@jest/globals";
import protobuf from "protobufjs";
import {
  beginField,
  varintLength,
  writeDoubleField,
  writeTextField,
  writeVarint,
  writeVarintField,
  zigzag,
} from "../../src/exposition/protobuf.ts";
import { Scratch } from "../../src/exposition/scratch.ts";
import { fc } from "../support/properties.ts";

const written = (write: (scratch: Scratch) => void): Uint8Array => {
  const scratch = new Scratch();
  write(scratch);
  return new Uint8Array(scratch.take());
};

const whole = fc.oneof(fc.maxSafeNat(), fc.nat(300), fc.constantFrom(0, 127, 128, 2 ** 32, 2 ** 53 - 1));

test("varints of whole numbers are those of the library, and as long as they are said to be", () => {
  fc.assert(
    fc.property(whole, (value) => {
      const bytes = written((scratch) => writeVarint(scratch, value));
      expect(Buffer.from(bytes)).toEqual(Buffer.from(protobuf.Writer.create().uint64(value).finish()));
      expect(varintLength(value)).toBe(bytes.length);
    }),
  );
});

test("signed numbers are encoded as the library encodes them", () => {
  const signed = fc.integer({ min: -(2 ** 50), max: 2 ** 50 });
  fc.assert(
    fc.property(signed, (value) => {
      const bytes = written((scratch) => writeVarint(scratch, zigzag(value)));
      expect(Buffer.from(bytes)).toEqual(Buffer.from(protobuf.Writer.create().sint64(value).finish()));
    }),
  );
});

test("fields have the tag of their number and kind", () => {
  const bytes = written((scratch) => {
    writeVarintField(scratch, 2, 300);
    writeDoubleField(scratch, 15, 0.5);
    writeTextField(scratch, 1, "組");
    beginField(scratch, 12, 0);
  });
  const expected = protobuf.Writer.create();
  expected.uint32((2 << 3) | 0).uint64(300);
  expected.uint32((15 << 3) | 1).double(0.5);
  expected.uint32((1 << 3) | 2).string("組");
  expected.uint32((12 << 3) | 2).bytes(new Uint8Array(0));
  expect(Buffer.from(bytes)).toEqual(Buffer.from(expected.finish()));
});
