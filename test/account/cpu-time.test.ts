/** CPU time by mode: it adds up to what the scheduler measured, in the ratio of ticks, and no mode ever falls. */

import { describe, expect, test } from "@jest/globals";
import { divideRunTime, type CpuTime } from "../../src/account/cpu-time.ts";
import { fc } from "../support/properties.ts";

const divide = (runNs: number, user: number, system: number, time: CpuTime = { user: 0, system: 0 }): CpuTime => {
  divideRunTime(time, runNs, { user, system });
  return time;
};

describe("the division of CPU time between modes", () => {
  test("is in the ratio of what ticks sampled", () => {
    expect(divide(1_000, 3, 1)).toEqual({ user: 750, system: 250 });
  });

  test("is all in user mode where ticks sampled nothing, or no system time", () => {
    expect(divide(1_000, 0, 0)).toEqual({ user: 1_000, system: 0 });
    expect(divide(1_000, 5, 0)).toEqual({ user: 1_000, system: 0 });
  });

  test("is all in system mode where ticks sampled no user time", () => {
    expect(divide(1_000, 0, 5)).toEqual({ user: 0, system: 1_000 });
  });

  test("leaves a mode what it had when the ratio turns against it", () => {
    const time = divide(1_000, 1, 0);
    expect(divide(1_100, 1, 9, time)).toEqual({ user: 1_000, system: 100 });
    expect(divide(9_000, 9, 9, time)).toEqual({ user: 4_500, system: 4_500 });
    expect(divide(9_100, 99, 1, time)).toEqual({ user: 4_600, system: 4_500 });
  });

  test("stays as it is where no more was measured", () => {
    const time = divide(1_000, 1, 1);
    expect(divide(1_000, 9, 1, time)).toEqual({ user: 500, system: 500 });
    expect(divide(900, 1, 9, time)).toEqual({ user: 500, system: 500 });
    expect(divide(NaN, 1, 9, time)).toEqual({ user: 500, system: 500 });
  });

  test("gives away each nanosecond once, and takes none back, whatever ticks say", () => {
    const growth = fc.record({ run: fc.nat(2 ** 40), user: fc.nat(2 ** 30), system: fc.nat(2 ** 30) });
    fc.assert(
      fc.property(fc.array(growth, { maxLength: 20 }), (growths) => {
        const time = { user: 0, system: 0 };
        const sampled = { user: 0, system: 0 };
        let runNs = 0;
        for (const { run, user, system } of growths) {
          const before = { ...time };
          runNs += run;
          sampled.user += user;
          sampled.system += system;
          divideRunTime(time, runNs, sampled);
          expect(time.user + time.system).toBe(runNs);
          expect(time.user).toBeGreaterThanOrEqual(before.user);
          expect(time.system).toBeGreaterThanOrEqual(before.system);
        }
      }),
    );
  });
});
