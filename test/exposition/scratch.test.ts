import { expect, test } from "@jest/globals";
import { Scratch } from "../../src/exposition/scratch.ts";

test("what is written is taken out in its order, and is not in what is taken out next", () => {
  const scratch = new Scratch();
  scratch.text("é組🐧");
  scratch.byte(0x21);
  scratch.copy(Buffer.from("abcdef"), 2, 4);
  const first = scratch.take();
  scratch.text("next");
  expect(first.toString()).toBe("é組🐧!cd");
  expect(scratch.take().toString()).toBe("next");
});

test("megabytes are all there, in characters of any length", () => {
  const scratch = new Scratch();
  for (let index = 0; index < 50_000; index++) scratch.text(`組-${index}\n`);
  const lines = scratch.take().toString().split("\n");
  expect(lines).toHaveLength(50_001);
  expect(lines[49_999]).toBe("組-49999");
});

test("nothing is copied of an empty range", () => {
  const scratch = new Scratch();
  scratch.copy(Buffer.from("abc"), 2, 2);
  expect(scratch.take()).toHaveLength(0);
});
