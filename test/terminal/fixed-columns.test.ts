/** Lines in fixed columns: alignment, texts that are too wide, colours, and texts of others. */

import { expect, test } from "@jest/globals";
import { formatFixed, formatFixedHeader, type FixedCell } from "../../src/terminal/fixed-columns.ts";

const columns = [
  { title: "NAME", width: 6 },
  { title: "SIZE", width: 5, right: true },
  { title: "END", width: 4 },
] as const;

const format = (...cells: readonly FixedCell[]): string => formatFixed(columns, cells, false);

test("texts begin, or end, at the place of their column, and a line has no blanks at its end", () => {
  expect(format("a", "12", "x")).toBe("a          12  x\n");
  expect(format("a", "12345", "")).toBe("a       12345\n");
  expect(formatFixedHeader(columns, false)).toBe("NAME     SIZE  END\n");
});

test("an empty text leaves its place free", () => {
  expect(format("", "1", "x")).toBe("            1  x\n");
  expect(format("a", "", "x")).toBe("a              x\n");
});

test("a text that is too wide is whole, and the next ones find their places again where there is room", () => {
  expect(format("abcdefgh", "1", "x")).toBe("abcdefgh    1  x\n");
  expect(format("abcdefghijkl", "1", "x")).toBe("abcdefghijkl  1  x\n");
  expect(format("a", "1234567", "x")).toBe("a     1234567  x\n");
});

test("wide characters take two columns, and control characters are escaped", () => {
  expect(format("日本", "1", "x")).toBe("日本        1  x\n");
  expect(format("a\u001b[2J\n", "1", "x")).toBe(String.raw`a\x1b[2J\x0a  1  x` + "\n");
});

test("colours are around the text alone, and change no place", () => {
  const cells = [{ text: "a", style: "red" }, "1", { text: "", style: "dim" }] as const;
  expect(formatFixed(columns, cells, true)).toBe("\u001b[31ma\u001b[39m           1\n");
  expect(formatFixed(columns, cells, false)).toBe("a           1\n");
  expect(formatFixedHeader(columns, true)).toContain("\u001b[1mNAME\u001b[22m");
});
