import { expect, test } from "@jest/globals";
import type { Unit } from "../../src/fields/field.ts";
import { toBaseUnit } from "../../src/fields/units.ts";
import { fc } from "../support/properties.ts";

test.each<[Unit, number, number]>([
  ["ns", 1_500_000_000, 1.5],
  ["us", 2_500_000, 2.5],
  ["kilobytes", 3, 3072],
  // One mebibyte for one second of CPU time.
  ["mb_us", 1_000_000, 1_048_576],
  ["s", 1_700_000_000, 1_700_000_000],
  ["bytes", 4096, 4096],
  ["events", 7, 7],
  ["id", 42, 42],
  ["bits", 0x21, 0x21],
])("of the unit %s, %d is %d in the base unit", (unit, value, converted) => {
  expect(toBaseUnit(unit)(value)).toBe(converted);
});

test("nanoseconds become the double that is nearest to their seconds", () => {
  // As a decimal text with nine digits behind the point, which JavaScript rounds to the nearest double.
  const nearest = (ns: number): number => Number(`${Math.floor(ns / 1e9)}.${String(ns % 1e9).padStart(9, "0")}`);
  const toSeconds = toBaseUnit("ns");
  fc.assert(fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (ns) => expect(toSeconds(ns)).toBe(nearest(ns))));
});

test("a figure that no record has stays unknown", () => {
  expect(toBaseUnit("us")(NaN)).toBeNaN();
});
