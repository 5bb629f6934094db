/** Which forked processes are looked at, and when. */

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
  test("is looked at at each age, once, and no more after the last", () => {
    const schedule = start();
    schedule.fork(10, 11, 1000);
    for (const age of revisitAgesUs) {
      expect(schedule.nextUs).toBe(1000 + age);
      expect(takeDue(schedule, 1000 + age - 1)).toEqual([]);
      expect(takeDue(schedule, 1000 + age)).toEqual([11]);
    }
    expect([schedule.nextUs, takeDue(schedule, 1e12)]).toEqual([undefined, []]);
  });

  test("is looked at once where several of its times have passed", () => {
    const schedule = start();
    schedule.fork(10, 11, 0);
    expect([1000, 1000, 1138, 1139].map((nowUs) => takeDue(schedule, nowUs))).toEqual([[11], [], [], [11]]);
  });

  test("is left alone when it starts a program, ends, or is a plain program's", () => {
    const schedule = start();
    for (const child of [11, 12, 13]) schedule.fork(10, child, 0);
    schedule.run(11, titled, 100);
    schedule.end(12);
    schedule.fork(20, 21, 0);
    schedule.fork(21, 22, 0);
    expect(takeDue(schedule, 300)).toEqual([13]);
  });

  test("of an unknown parent is looked at until that turns out to be a plain program", () => {
    const schedule = start();
    expect(schedule.fork(30, 31, 0)).toBe(false);
    expect(takeDue(schedule, 300)).toEqual([31]);
    schedule.run(30, plain, 400);
    expect(schedule.fork(30, 32, 500)).toBe(true);
    expect(takeDue(schedule, 2000)).toEqual([]);
  });

  test("has its own times where its id was another's before", () => {
    const schedule = start();
    schedule.fork(10, 11, 0);
    schedule.fork(10, 11, 200);
    expect([takeDue(schedule, 250), takeDue(schedule, 350)]).toEqual([[], [11]]);
  });
});

test("nothing is known of anybody after events were lost", () => {
  const schedule = start();
  schedule.fork(10, 11, 0);
  schedule.clear();
  expect([schedule.nextUs, takeDue(schedule, 300)]).toEqual([undefined, []]);
  expect([10, 20].map((parent) => schedule.fork(parent, parent + 1, 400))).toEqual([false, false]);
});

test("no more is looked at than there is time for: a thousand a second, whatever is forked", () => {
  const schedule = start();
  let looks = 0;
  for (let nowUs = 0; nowUs < 1e6; nowUs += 100) {
    for (let child = 0; child < 5; child++) schedule.fork(10, 1000 + ((nowUs / 20 + child) % 30_000), nowUs);
    looks += schedule.takeDue(nowUs).length;
  }
  expect(looks).toBeGreaterThan(900);
  expect(looks).toBeLessThan(1100);
});
