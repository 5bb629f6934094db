import { describe, expect, test } from "@jest/globals";
import { mostLevels, parseText } from "../../src/yaml/parse.ts";

describe("a parsed text", () => {
  test("has all its scalars as texts", () => {
    const { document, tooDeepAt } = parseText("[010, 1.50, true, ~, 'a', \"\\x62\"]");
    expect(document?.toJS()).toEqual(["010", "1.50", "true", "~", "a", "b"]);
    expect(tooDeepAt).toBeUndefined();
    expect(document?.errors).toEqual([]);
  });

  test.each(["", "# a comment\n"])("without a value has an empty document: %j", (text) => {
    expect(parseText(text).document?.contents ?? null).toBeNull();
  });

  test("has the line and column of each offset", () => {
    const { lines } = parseText("a: b\nc: d\n");
    expect([0, 3, 5, 8].map((offset) => lines.linePos(offset))).toEqual([
      { line: 1, col: 1 },
      { line: 1, col: 4 },
      { line: 2, col: 1 },
      { line: 2, col: 4 },
    ]);
  });

  test("keeps duplicate keys, which are no error here", () => {
    expect(parseText("a: 1\na: 2\n").document?.errors).toEqual([]);
  });

  test("is the first document, in which a second one is an error at its place", () => {
    const { document } = parseText("a: b\n---\nc: d\n---\ne: f\n");
    expect(document?.toJS()).toEqual({ a: "b" });
    expect(document?.errors.map(({ code, pos }) => [code, pos[0]])).toEqual([["MULTIPLE_DOCS", 5]]);
  });

  test("has an error for broken syntax", () => {
    expect(parseText("[a\n").document?.errors.length).toBeGreaterThan(0);
  });
});

describe("a text that is nested too deep", () => {
  const nested = (levels: number): string => `${"[".repeat(levels)}a${"]".repeat(levels)}`;

  test("has no document, but the offset at which it became too deep", () => {
    expect(parseText(nested(mostLevels))).toMatchObject({ document: expect.anything(), tooDeepAt: undefined });
    // The stack also holds the document and the scalar, so that some levels more are let through. value.ts counts exactly.
    expect(parseText(nested(mostLevels + 4))).toMatchObject({ document: undefined, tooDeepAt: mostLevels + 4 });
  });

  test.each<[string, string]>([
    ["lists", "[".repeat(1_000_000)],
    ["mappings", "{a: ".repeat(200_000)],
    ["lists of a line each", "- ".repeat(500_000)],
    ["keys", "? ".repeat(500_000)],
    ["indented lines", Array.from({ length: 900 }, (_, level) => `${" ".repeat(level)}a:\n`).join("")],
  ])("is read no further than that offset: %s", (_, text) => {
    const { document, tooDeepAt = Infinity } = parseText(text);
    expect(document).toBeUndefined();
    const levels = text.slice(0, tooDeepAt).match(/[[{?-]|a:\n/g) ?? [];
    expect(levels.length).toBeLessThanOrEqual(mostLevels + 4);
  });

  test("is not one that has many values beside each other", () => {
    expect(parseText("- [a]\n".repeat(10_000)).tooDeepAt).toBeUndefined();
  });
});
