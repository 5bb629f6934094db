/** Which forked processes are revisited, and when. */

import { describe, expect, test } from "@jest/globals";
import { createRevisitSchedule, revisitAgesUs, type RevisitSchedule } from "../../src/execs/revisit-schedule.ts";

const plain = { plain: true, weight: 100 };
const titled = { plain: false, weight: 100 };

function start(): RevisitSchedule {
  const schedule = createRevisitSchedule();
  schedule.run(10, titled, 0);
  schedule.run(20, plain, 0);
  return schedule;
}

const takeDue = (schedule: RevisitSchedule, nowUs: number): number[] => schedule.takeDue(nowUs).map(({ tgid }) => tgid);

describe("a forked process", () => {
  test("is revisited once at each age, and not after the last one", () => {
    const schedule = start();
    schedule.fork(10, 11, 1000);
    for (const age of revisitAgesUs) {
      expect(schedule.nextUs).toBe(1000 + age);
      expect(takeDue(schedule, 1000 + age - 1)).toEqual([]);
      expect(takeDue(schedule, 1000 + age)).toEqual([11]);
    }
    expect([schedule.nextUs, takeDue(schedule, 1e12)]).toEqual([undefined, []]);
  });

  test("is revisited once where several ages have passed", () => {
    const schedule = start();
    schedule.fork(10, 11, 0);
    expect([1000, 1000, 1138, 1139].map((nowUs) => takeDue(schedule, nowUs))).toEqual([[11], [], [], [11]]);
  });

  test("is not revisited when it has started a program, has exited, or runs a plain program", () => {
    const schedule = start();
    for (const child of [11, 12, 13]) schedule.fork(10, child, 0);
    schedule.run(11, titled, 100);
    schedule.end(12);
    schedule.fork(20, 21, 0);
    schedule.fork(21, 22, 0);
    expect(takeDue(schedule, 300)).toEqual([13]);
  });

  test("of an unknown parent is revisited until the parent turns out to run a plain program", () => {
    const schedule = start();
    expect(schedule.fork(30, 31, 0)).toBe(false);
    expect(takeDue(schedule, 300)).toEqual([31]);
    schedule.run(30, plain, 400);
    expect(schedule.fork(30, 32, 500)).toBe(true);
    expect(takeDue(schedule, 2000)).toEqual([]);
  });

  test("has times of its own where its id belonged to another process before", () => {
    const schedule = start();
    schedule.fork(10, 11, 0);
    schedule.fork(10, 11, 200);
    expect([takeDue(schedule, 250), takeDue(schedule, 350)]).toEqual([[], [11]]);
  });
});

test("clear forgets all programs and all revisits", () => {
  const schedule = start();
  schedule.fork(10, 11, 0);
  schedule.clear();
  expect([schedule.nextUs, takeDue(schedule, 300)]).toEqual([undefined, []]);
  expect([10, 20].map((parent) => schedule.fork(parent, parent + 1, 400))).toEqual([false, false]);
});

test("a thousand revisits are made in a second at most, however many processes are forked", () => {
  const schedule = start();
  let revisits = 0;
  for (let nowUs = 0; nowUs < 1e6; nowUs += 100) {
    for (let child = 0; child < 5; child++) schedule.fork(10, 1000 + ((nowUs / 20 + child) % 30_000), nowUs);
    revisits += schedule.takeDue(nowUs).length;
  }
  expect(revisits).toBeGreaterThan(900);
  expect(revisits).toBeLessThan(1100);
});
