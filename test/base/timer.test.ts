import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import { systemTimer } from "../../src/base/timer.ts";

describe("a timer", () => {
  let calls = 0;
  const count = (): number => calls++;

  beforeEach(() => {
    jest.useFakeTimers();
    calls = 0;
  });
  afterEach(() => void jest.useRealTimers());

  test("calls the action after its time, once", () => {
    systemTimer(100, count);
    jest.advanceTimersByTime(99);
    expect(calls).toBe(0);
    jest.advanceTimersByTime(1);
    expect(calls).toBe(1);
    jest.advanceTimersByTime(100_000);
    expect(calls).toBe(1);
  });

  test("that is cancelled never calls the action", () => {
    const cancel = systemTimer(100, count);
    jest.advanceTimersByTime(50);
    cancel();
    jest.advanceTimersByTime(100_000);
    expect(calls).toBe(0);
  });

  test("can be cancelled after its call, and twice, without effect on other timers", () => {
    const cancel = systemTimer(1, count);
    systemTimer(200, count);
    jest.advanceTimersByTime(100);
    cancel();
    cancel();
    jest.advanceTimersByTime(100);
    expect(calls).toBe(2);
  });
});

test("a timer that is set keeps the process alive, and one that is cancelled does not", () => {
  const alive = (): number => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  const before = alive();
  const cancel = systemTimer(3_600_000, () => undefined);
  const whileSet = alive();
  cancel();
  expect([whileSet, alive()]).toEqual([before + 1, before]);
});
