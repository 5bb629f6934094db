import { describe, expect, test } from "@jest/globals";

import { createRateLimiter, parseDuration } from "../../../src/http/web-config/rate-limit.ts";

/** A limiter with a clock that moves only by `pass`. */
function limiterOf(intervalMs: number, burst: number) {
  let now = 1000;
  const allow = createRateLimiter({ intervalMs, burst }, () => now);
  return { allow, pass: (ms: number) => (now += ms), take: (count: number) => Array.from({ length: count }, allow) };
}

describe("a rate limit", () => {
  test("lets a burst through at the start, and no more", () => {
    expect(limiterOf(100, 3).take(5)).toEqual([true, true, true, false, false]);
  });

  test("allows one more request after exactly one interval", () => {
    const limiter = limiterOf(100, 2);
    limiter.take(2);
    limiter.pass(99);
    expect(limiter.allow()).toBe(false);
    limiter.pass(1);
    expect(limiter.take(2)).toEqual([true, false]);
  });

  test("never allows more than the burst at once", () => {
    const limiter = limiterOf(100, 2);
    limiter.pass(1e9);
    expect(limiter.take(3)).toEqual([true, true, false]);
  });

  test("is not extended by refused requests", () => {
    const limiter = limiterOf(1, 1);
    limiter.take(1);
    for (let step = 0; step < 10; step++) {
      expect(limiter.allow()).toBe(false);
      limiter.pass(0.1);
    }
    limiter.pass(0.01);
    expect(limiter.allow()).toBe(true);
  });

  test("refuses every request with a burst of 0, and none with a negative interval", () => {
    expect(limiterOf(1, 0).take(1)).toEqual([false]);
    expect(limiterOf(-1, 0).take(2)).toEqual([true, true]);
  });
});

describe("a duration", () => {
  test.each([
    ["0", 0],
    ["1s", 1000],
    ["1.5h", 5_400_000],
    [".5s", 500],
    ["1.s", 1000],
    ["1h30m", 5_400_000],
    ["2ms3us4ns", 2.003004],
    ["7µs", 0.007],
    ["-2s", -2000],
    ["+2s", 2000],
  ])("%s is %d ms", (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  test.each(["", "1", "s", ".s", "1 s", "1d", "1s ", "--1s", "1h-30m", "1s\n", "1e3s"])("%j is none", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
