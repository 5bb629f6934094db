import { expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { baseName, formatList, formatMap, formatTime } from "../../src/classify/go-text.ts";

test.each([
  ["/usr/bin/a", "a"],
  ["a", "a"],
  ["dir/", "dir"],
  ["/x/dir///", "dir"],
  ["//", "/"],
  ["/", "/"],
  ["", "."],
  ["..", ".."],
])("the base name of %j is %j", (path, name) => expect(baseName(path)).toBe(name));

test("a list is shown in brackets, with spaces between its items", () => {
  expect(formatList([])).toBe("[]");
  expect(formatList(["/a", "/b c"])).toBe("[/a /b c]");
});

test("a map is shown with its keys sorted, in whatever order they were inserted", () => {
  expect(formatMap(new Map())).toBe("map[]");
  expect(
    formatMap(
      new Map([
        ["b", "2 3"],
        ["", "nginx"],
        ["B", ""],
      ]),
    ),
  ).toBe("map[:nginx B: b:2 3]");
});

test.each([
  [0, "1970-01-01 00:00:00 +0000 UTC"],
  [1_709_208_000.1, "2024-02-29 12:00:00.1 +0000 UTC"],
  [1_700_000_000.05, "2023-11-14 22:13:20.05 +0000 UTC"],
  [4_107_542_399.99, "2100-02-28 23:59:59.99 +0000 UTC"],
  [4_107_542_399.999, "2100-03-01 00:00:00 +0000 UTC"],
])("%d seconds since 1970 are %s", (seconds, text) => expect(formatTime(seconds)).toBe(text));

test("a time in whole seconds is formatted as JavaScript's own calendar gives it", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253_402_300_799 }), (seconds) => {
      const expected = new Date(seconds * 1000).toISOString().replace("T", " ").replace(".000Z", " +0000 UTC");
      expect(formatTime(seconds)).toBe(expected);
    }),
  );
});
