/** Names read from bytes: the same text whether it is remembered or new. record.test.ts has the names of whole structs. */

import { expect, test } from "@jest/globals";
import { createCommReader } from "../../src/taskstats/comm.ts";
import { fc } from "../support/properties.ts";

const size = 32;

function viewOf(name: string | Uint8Array): DataView {
  const bytes = new Uint8Array(size + 4);
  bytes.set(typeof name === "string" ? new TextEncoder().encode(name) : name, 4);
  return new DataView(bytes.buffer);
}

test("names that differ in one byte are told apart, in any order", () => {
  const read = createCommReader();
  const names = ["", "a", "b", "aa", "ab", "fifteen-letters", "fifteen-letterz", "müller"];
  for (const name of [...names, ...names.toReversed(), ...names]) expect(read(viewOf(name), 4)).toBe(name);
});

test("more names than there is room for are all read as they are", () => {
  const read = createCommReader();
  for (let round = 0; round < 2; round++) {
    for (let index = 0; index < 2000; index++) expect(read(viewOf(`name-${index}`), 4)).toBe(`name-${index}`);
  }
});

test("a name in memory that is written again afterwards is read anew", () => {
  const read = createCommReader();
  const view = viewOf("first");
  expect(read(view, 4)).toBe("first");
  view.setUint8(4, "F".charCodeAt(0));
  expect(read(view, 4)).toBe("First");
});

test("any bytes give the text up to the first NUL, however often they are read", () => {
  const read = createCommReader();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: size, maxLength: size }), (bytes) => {
      const nul = bytes.indexOf(0);
      const text = Buffer.from(nul < 0 ? bytes : bytes.subarray(0, nul)).toString("utf8");
      expect([read(viewOf(bytes), 4), read(viewOf(bytes), 4)]).toEqual([text, text]);
    }),
    { interruptAfterTimeLimit: 1000 },
  );
});

test("two readers do not share names", () => {
  const [one, other] = [createCommReader(), createCommReader()];
  expect(one(viewOf("cat"), 4)).toBe("cat");
  expect(other(viewOf(""), 4)).toBe("");
});
