/** From the kernel's units to Prometheus' base units (seconds, bytes). */

import type { Unit } from "./field.ts";

/** Multiplier and divisor, kept apart: `ns / 1e9` is the nearest double, `ns * 1e-9` is not. */
const factors: Partial<Record<Unit, readonly [number, number]>> = {
  ns: [1, 1e9],
  us: [1, 1e6],
  kilobytes: [1024, 1],
  // Megabytes (2^20) times microseconds become byte-seconds.
  mb_us: [2 ** 20, 1e6],
};

/** A function from a figure in the kernel's unit to one in the base unit. */
export function toBaseUnit(unit: Unit): (value: number) => number {
  const [multiplier, divisor] = factors[unit] ?? [1, 1];
  return (value) => (value * multiplier) / divisor;
}
