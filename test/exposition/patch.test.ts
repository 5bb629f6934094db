/** Lines that are exchanged in a page which others share. */

import { expect, test } from "@jest/globals";
import { patchParts } from "../../src/exposition/patch.ts";
import type { Part } from "../../src/exposition/exposition.ts";

const part = (name: string, ...lines: readonly string[]): Part => ({
  name,
  bytes: Buffer.from(lines.map((line) => `${line}\n`).join("")),
});

const textOf = (parts: readonly Part[]): string => parts.map(({ bytes }) => bytes.toString()).join("");

test("exchanges the lines that differ, and leaves those beside them", () => {
  const page = [part("a", "# TYPE a counter", 'a{g="x"} 1', 'a{g="y"} 2', 'a{g="z"} 3')];
  const patched = patchParts(
    page,
    [part("a", "# TYPE a counter", 'a{g="y"} 2')],
    [part("a", "# TYPE a counter", 'a{g="y"} 0')],
  );
  expect(textOf(patched)).toBe('# TYPE a counter\na{g="x"} 1\na{g="y"} 0\na{g="z"} 3\n');
});

test("shares the parts without a difference, which are no copies", () => {
  const page = [part("a", "a 1"), part("b", "b 1")];
  const patched = patchParts(page, [part("a", "a 1"), part("b", "b 1")], [part("a", "a 1"), part("b", "b 0")]);
  expect(patched[0]?.bytes).toBe(page[0]?.bytes);
  expect(textOf(patched)).toBe("a 1\nb 0\n");
  expect(textOf(page)).toBe("a 1\nb 1\n");
});

test("takes a line for itself only where a whole line is meant", () => {
  const page = [part("a", "aa 1", "a 11", "a 1")];
  expect(textOf(patchParts(page, [part("a", "a 1")], [part("a", "a 0")]))).toBe("aa 1\na 11\na 0\n");
});

test("a line that is not on the page is an error, and not a page that lacks it", () => {
  const patch = (): unknown => patchParts([part("a", "a 1")], [part("a", "a 2")], [part("a", "a 0")]);
  expect(patch).toThrow('want the line "a 2" on the page, got none');
});
