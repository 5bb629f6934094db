import { expect, test } from "@jest/globals";
import { createHeldLines } from "../../../src/commands/top/held-lines.ts";

test("lines are written at once, but while they are held back: then at the release, in their order", () => {
  const written: string[] = [];
  const lines = createHeldLines((line) => void written.push(line));
  lines.write("a");
  lines.hold();
  lines.write("b");
  lines.write("c");
  expect(written).toEqual(["a"]);
  lines.release();
  lines.write("d");
  lines.release();
  expect(written).toEqual(["a", "b", "c", "d"]);
});

test("of very many lines the last fifty are kept", () => {
  const written: string[] = [];
  const lines = createHeldLines((line) => void written.push(line));
  lines.hold();
  for (let line = 0; line < 1000; line++) lines.write(String(line));
  lines.release();
  expect([written.length, written[0], written.at(-1)]).toEqual([50, "950", "999"]);
});
