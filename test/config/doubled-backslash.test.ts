import { describe, expect, test } from "@jest/globals";
import { findDoubledBackslash } from "../../src/config/doubled-backslash.ts";
import { openYaml } from "../../src/yaml/source.ts";
import { readValue } from "../../src/yaml/value.ts";

/** What is found in a value that is written so, quotes included. */
function find(written: string) {
  const value = readValue(openYaml(written, "f"));
  return value === undefined ? undefined : findDoubledBackslash(value);
}

describe("a doubled backslash", () => {
  test.each([
    [String.raw`'a\\.jar'`, 1, String.raw`\\.`, String.raw`\.`],
    [String.raw`a\\d+`, 1, String.raw`\\d`, String.raw`\d`],
    [String.raw`'^\\$x'`, 1, String.raw`\\$`, String.raw`\$`],
    [String.raw`'\\\\\\.'`, 4, String.raw`\\.`, String.raw`\.`],
    [String.raw`'\\S \\W'`, 0, String.raw`\\S`, String.raw`\S`],
  ])("is found in %s at %i, and told with what is enough", (written, at, shown, enough) => {
    expect(find(written)).toEqual({
      at,
      reason: `${shown} wants a backslash in the text: outside of double quotes ${enough} is enough`,
    });
  });

  test.each([
    ["a single backslash", String.raw`'a\.jar\d'`],
    ["the backslash of double quotes", String.raw`"a\\.jar"`],
    ["four backslashes between double quotes", String.raw`"a\\\\.jar"`],
    ["a path of Windows", String.raw`'C:\\docs\\work'`],
    ["a pattern for two backslashes", String.raw`'\\\\.'`],
    ["a class that begins a word", String.raw`'\\server'`],
    ["a backslash at the end", String.raw`'a\\'`],
    ["a list", String.raw`['\\.']`],
    ["no value", "~"],
  ])("is not %s", (_, written) => {
    expect(find(written)).toBeUndefined();
  });
});
