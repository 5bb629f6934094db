import { afterEach, expect, jest, test } from "@jest/globals";
import { systemClock } from "../../src/base/clock.ts";

afterEach(() => void jest.restoreAllMocks());

test("the monotonic time is in microseconds, with fractions", () => {
  jest.spyOn(performance, "now").mockReturnValue(1234.5678);
  expect(systemClock.monotonicUs()).toBeCloseTo(1_234_567.8, 6);
});

test("the time of day is in seconds since 1970, with fractions", () => {
  jest.spyOn(Date, "now").mockReturnValue(1_700_000_000_250);
  expect(systemClock.unixSeconds()).toBe(1_700_000_000.25);
});

test("the monotonic time does not change when the time of day is set", () => {
  jest.spyOn(performance, "now").mockReturnValue(1000);
  const before = systemClock.monotonicUs();
  jest.spyOn(Date, "now").mockReturnValue(0);
  expect(systemClock.monotonicUs()).toBe(before);
});

test("the monotonic time runs exactly as fast as CLOCK_MONOTONIC", () => {
  const outerNs = [process.hrtime.bigint()];
  const us = [systemClock.monotonicUs()];
  const innerNs = [process.hrtime.bigint()];
  while (process.hrtime.bigint() - (innerNs[0] ?? 0n) < 2_000_000n);
  innerNs.push(process.hrtime.bigint());
  us.push(systemClock.monotonicUs());
  outerNs.push(process.hrtime.bigint());
  const [passedUs, atLeastUs, atMostUs] = [us, innerNs, outerNs].map(([from = 0, to = 0]) => Number(to) - Number(from));
  // A double holds the milliseconds of performance.now to less than a microsecond.
  expect(passedUs).toBeGreaterThanOrEqual((atLeastUs ?? NaN) / 1000 - 1);
  expect(passedUs).toBeLessThanOrEqual((atMostUs ?? NaN) / 1000 + 1);
});
