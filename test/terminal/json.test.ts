import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { formatJson, formatJsonLine } from "../../src/terminal/json.ts";

describe("a document for programs", () => {
  test("is indented and ends with a line break", () => {
    expect(formatJson({ a: [1], b: "größe 日本" })).toBe('{\n  "a": [\n    1\n  ],\n  "b": "größe 日本"\n}\n');
  });

  test.each([
    ["\u001b[31m", String.raw`"\u001b[31m"`],
    ["\u009b2J\u007f", String.raw`"\u009b2J\u007f"`],
    ["a\u2028b\u202ec", String.raw`"a\u2028b\u202ec"`],
    ["a\ud800", String.raw`"a\ud800"`],
  ])("shows %j as %s", (text, shown) => expect(formatJson(text)).toBe(`${shown}\n`));

  test("has no character that a terminal would obey, and is parsed to the same value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const document = formatJson({ [text]: text });
        expect(document).not.toMatch(/(?!\n)[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]/);
        expect(JSON.parse(document)).toEqual({ [text]: text });
      }),
    );
  });
});

test("a document in one line has the same escapes, and no line break but its last", () => {
  expect(formatJsonLine({ a: [1, "b\n"], c: "\u009b\u2028" })).toBe('{"a":[1,"b\\n"],"c":"\\u009b\\u2028"}\n');
});
