/** Durations and sizes for people: each unit, the places where the unit changes, and figures that are not known. */

import { expect, test } from "@jest/globals";
import { formatBytes, formatSeconds } from "../../src/terminal/units.ts";
import { widthOf } from "../../src/terminal/width.ts";
import { fc } from "../support/properties.ts";

test.each([
  [0, "0 s"],
  [1e-9, "1 ns"],
  [99.4e-9, "99 ns"],
  [99.6e-9, "0.1 us"],
  [4.26e-6, "4.3 us"],
  [35e-6, "35 us"],
  [99.4e-6, "99 us"],
  [99.6e-6, "0.1 ms"],
  [0.0004, "0.4 ms"],
  [0.00994, "9.9 ms"],
  [0.00996, "10 ms"],
  [0.012, "12 ms"],
  [0.9994, "999 ms"],
  [0.9995, "1.0 s"],
  [1.25, "1.3 s"],
  [9.94, "9.9 s"],
  [9.96, "10 s"],
  [12.4, "12 s"],
  [59.4, "59 s"],
  [59.5, "1 min 00 s"],
  [65, "1 min 05 s"],
  [3599.4, "59 min 59 s"],
  [3599.5, "1 h 00 min"],
  [11_100, "3 h 05 min"],
  [86_399, "23 h 59 min"],
  [86_400, "1 d 00 h"],
  [12 * 86_400 + 7 * 3600 + 1800, "12 d 07 h"],
])("the duration of %s seconds is shown as %s", (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test.each([
  [0, "0 B"],
  [1, "1 B"],
  [1023, "1023 B"],
  [1023.6, "1.0 KiB"],
  [1024, "1.0 KiB"],
  [4.2 * 2 ** 20, "4.2 MiB"],
  [9.96 * 1024, "10 KiB"],
  [1023 * 1024, "1023 KiB"],
  [1023.6 * 1024, "1.0 MiB"],
  [12 * 2 ** 30, "12 GiB"],
  [2 ** 40, "1.0 TiB"],
  [2 ** 50, "1.0 PiB"],
  [2 ** 60, "1024 PiB"],
])("the size of %s bytes is shown as %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("a figure that is not known is a dash, and never 0", () => {
  for (const value of [NaN, Infinity, -Infinity])
    expect([formatSeconds(value), formatBytes(value)]).toEqual(["-", "-"]);
});

test("a figure below 0, which clocks that are set back can give, is shown as 0", () => {
  expect([formatSeconds(-3), formatBytes(-3)]).toEqual(["0 s", "0 B"]);
});

test("columns of these widths hold every duration below 10,000 days and every size below 1024 PiB", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 9999 * 86_400 }), fc.double({ min: 0, max: 2 ** 59 }), (seconds, bytes) => {
      expect(widthOf(formatSeconds(seconds))).toBeLessThanOrEqual(11);
      expect(widthOf(formatBytes(bytes))).toBeLessThanOrEqual(8);
    }),
  );
});
