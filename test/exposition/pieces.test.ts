import { expect, test } from "@jest/globals";
import { createPatches, createPieces } from "../../src/exposition/pieces.ts";
import { Scratch } from "../../src/exposition/scratch.ts";
import { fc } from "../support/properties.ts";

test("pieces that follow each other, and others, come out in their order", () => {
  const scratch = new Scratch();
  const pieces = createPieces(scratch, Buffer.from("abcdefgh"));
  pieces.add(0, 2);
  pieces.add(2, 3);
  expect(pieces.length).toBe(3);
  pieces.add(6, 8);
  pieces.flush();
  scratch.ascii("!");
  pieces.add(1, 2);
  pieces.flush();
  expect(scratch.take().toString()).toBe("abcgh!b");
});

test("numbers of any length are replaced, with other texts between them", () => {
  const number = fc.nat({ max: 2000 }).map(String);
  const part = fc.record({
    before: fc.stringMatching(/^[a-z]{0,3}$/),
    old: number,
    next: number,
    isText: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const former = parts.map(({ before, old }) => `${before}${old}`).join("");
      const scratch = new Scratch();
      const numbers = new Scratch();
      const patches = createPatches(scratch, numbers, Buffer.from(`${former}.`));
      let [at, expected] = [0, ""];
      for (const { before, old, next, isText } of parts) {
        const begin = at + before.length;
        at = begin + old.length;
        expected += before + next;
        if (isText) {
          patches.copyTo(begin);
          scratch.ascii(next);
          patches.skipTo(at);
        } else {
          const from = numbers.length;
          numbers.ascii(next);
          patches.replace(begin, at, from);
        }
        expect(patches.growth).toBe(expected.length - at);
      }
      patches.copyTo(former.length + 1);
      expect(scratch.take().toString()).toBe(`${expected}.`);
    }),
  );
});
