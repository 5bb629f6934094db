import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { escapeControls, widthOf } from "../../src/terminal/width.ts";

describe("the width of text", () => {
  test.each([
    ["", 0],
    ["abc", 3],
    ["größe", 5],
    ["gro\u0308\u00dfe", 5],
    ["日本", 4],
    ["ｱ", 1],
    ["Ａ", 2],
    ["한글", 4],
    ["😀x", 3],
    ["a\u200bb", 2],
  ])("of %j is %d columns", (text, width) => expect(widthOf(text)).toBe(width));
});

describe("a text for a terminal", () => {
  test.each([
    ["\u001b[31mred\u0007", String.raw`\x1b[31mred\x07`],
    ["a\nb\tc\u0000", String.raw`a\x0ab\x09c\x00`],
    ["\u009b2J", String.raw`\x9b2J`],
    ["a\u202ecod.exe\u2066", String.raw`a\u{202e}cod.exe\u{2066}`],
    ["a\u2028b", String.raw`a\u{2028}b`],
    ["a\ud800", String.raw`a\u{d800}`],
    ["größe 日本 😀", "größe 日本 😀"],
  ])("shows %j as %j", (text, shown) => expect(escapeControls(text)).toBe(shown));

  test("has no character that a terminal would obey, whatever it is made from", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(escapeControls(text)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
      }),
    );
  });
});
