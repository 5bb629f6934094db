/** Converts figures from the kernel's units to Prometheus' base units: seconds and bytes. */

import type { Unit } from "./field.ts";

/** Multiplier and divisor of a unit. They are not one factor, since `ns / 1e9` is the nearest double and `ns * 1e-9` is not. */
const factors: Partial<Record<Unit, readonly [number, number]>> = {
  ns: [1, 1e9],
  us: [1, 1e6],
  kilobytes: [1024, 1],
  // To byte-seconds.
  mb_us: [2 ** 20, 1e6],
};

/** Creates a function that converts a figure from the kernel's unit to the base unit. */
export function toBaseUnit(unit: Unit): (value: number) => number {
  const [multiplier, divisor] = factors[unit] ?? [1, 1];
  return (value) => (value * multiplier) / divisor;
}
