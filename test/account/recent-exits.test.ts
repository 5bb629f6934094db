import { expect, test } from "@jest/globals";
import {
  createRecentExits,
  listExits,
  mergeRecentExits,
  noteExit,
  readLatestExit,
  recentExitsKept,
  type RecentExits,
} from "../../src/account/recent-exits.ts";
import { recordOf } from "../support/receptions.ts";

const identity = { tgid: 7, ppid: 1, comm: "make", atSeconds: 1000.5, status: 0x0200, lifetimeUs: 2500 };
const used = (fields: Parameters<typeof recordOf>[0]) => {
  const totals = recordOf(fields);
  return { process: totals, last: totals };
};

/** Notes an exit per time of day. */
function noteAt(recent: RecentExits, ...times: readonly number[]): RecentExits {
  for (const atSeconds of times) noteExit(recent, { ...identity, atSeconds }, used({}));
  return recent;
}

const timesOf = (recent: RecentExits): number[] => listExits(recent).map(({ atSeconds }) => atSeconds);

test("an exit is kept with whose it was, its CPU time, its longest wait and its peak memory", () => {
  const recent = createRecentExits();
  const fields = { cpu_run_virtual_total: 900, cpu_delay_total: 5, blkio_delay_total: 6, hiwater_rss: 4096 };
  noteExit(recent, identity, { ...used(fields), missingRunNs: 100 });
  expect(listExits(recent)).toEqual([
    { ...identity, runNs: 1000, longestWait: { kind: "blkio", ns: 6 }, maxRssKib: 4096 },
  ]);
});

test("CPU time and waits are those of the whole process, and peak memory that of its last thread's record", () => {
  const recent = createRecentExits();
  const process = recordOf({ cpu_run_virtual_total: 900, irq_delay_total: 3, hiwater_rss: 1 });
  const last = recordOf({ cpu_run_virtual_total: 1, cpu_delay_total: 70, hiwater_rss: 2 });
  noteExit(recent, identity, { process, last });
  expect(listExits(recent)).toMatchObject([{ runNs: 900, longestWait: { kind: "irq", ns: 3 }, maxRssKib: 2 }]);
});

test("a process that did not wait, or whose waits the kernel does not tell, has no longest wait", () => {
  const recent = createRecentExits();
  noteExit(recent, identity, used({ cpu_delay_total: 0, blkio_delay_total: NaN }));
  expect(listExits(recent)[0]?.longestWait).toBeUndefined();
});

test("the last exits are listed, the newest first, and only so many are kept", () => {
  const times = Array.from({ length: recentExitsKept + 3 }, (_, index) => index);
  expect(timesOf(noteAt(createRecentExits(), ...times))).toEqual(times.slice(3).reverse());
  expect(listExits(undefined)).toEqual([]);
});

test("two groups that become one have the last exits of both by their time", () => {
  const merged = mergeRecentExits(noteAt(createRecentExits(), 1, 4, 5), noteAt(createRecentExits(), 2, 3, 6));
  expect(timesOf(merged)).toEqual([6, 5, 4, 3, 2, 1]);
  expect(timesOf(noteAt(merged, 7))).toEqual([7, 6, 5, 4, 3, 2, 1]);
});

test("of two groups with all exits that are kept, the newest ones stay, and the next exit takes the oldest one's place", () => {
  const even = Array.from({ length: recentExitsKept }, (_, index) => 2 * index);
  const odd = even.map((time) => time + 1);
  const merged = mergeRecentExits(noteAt(createRecentExits(), ...even), noteAt(createRecentExits(), ...odd));
  const newest = Array.from({ length: recentExitsKept }, (_, index) => recentExitsKept * 2 - 1 - index);
  expect(timesOf(merged)).toEqual(newest);
  expect(timesOf(noteAt(merged, 999))).toEqual([999, ...newest.slice(0, -1)]);
});

test("the latest exit is the one that was noted last, also when the oldest ones have given way", () => {
  const recent = createRecentExits();
  for (let time = 1; time <= recentExitsKept + 1; time++) {
    noteAt(recent, time);
    expect(readLatestExit(recent).atSeconds).toBe(time);
  }
});
