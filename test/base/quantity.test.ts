import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { formatSize, parseDuration, parseSize } from "../../src/base/quantity.ts";

describe("durations", () => {
  test.each([
    ["500ms", 500],
    ["5s", 5000],
    ["1m30s", 90_000],
    ["2h", 7_200_000],
    ["1d1ms", 86_400_001],
    ["0s", 0],
    ["0", 0],
  ])("reads %s as %d milliseconds", (text, milliseconds) => expect(parseDuration(text)).toBe(milliseconds));

  test.each(["", "5", "5 s", "s", "1.5s", "-1s", "5s1m", "5S", "99999999999999999999d"])("refuses %p", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});

describe("sizes", () => {
  test.each([
    ["8KiB", 8192],
    ["32MiB", 33_554_432],
    ["1GB", 1e9],
    ["512B", 512],
    ["4096", 4096],
  ])("reads %s as %d bytes", (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each(["", "MiB", "1.5MiB", "-1", "1 MiB", "1mib", "1TiB", "9999999999999999999"])("refuses %p", (text) =>
    expect(parseSize(text)).toBeUndefined(),
  );

  test("reads back every size that it writes", () => {
    fc.assert(fc.property(fc.nat(), (bytes) => expect(parseSize(formatSize(bytes))).toBe(bytes)));
  });
});
