/** Whose row the figures of a leader's id continue. */

import { expect, test } from "@jest/globals";
import { createAccount } from "../../src/account/account.ts";
import { createMeter } from "../../src/account/meter.ts";
import { createPlausibility } from "../../src/account/plausibility.ts";
import { createProcess } from "../../src/collect/groups/process.ts";
import { createThreadRows } from "../../src/collect/thread-rows.ts";
import { slotOf } from "../../src/fields/fields.ts";
import { recordOf } from "../support/receptions.ts";

const minflt = slotOf("ac_minflt");
const leader = 10;

/** A process whose threads have billed so many faults each. */
function setUp(faults: Readonly<Record<number, number>>) {
  const threads = createMeter({ sums: [minflt], judged: [], largest: [] });
  const rows = createThreadRows({ threads, plausibility: createPlausibility(), isLossy: () => false });
  const account = createAccount([]);
  const process = createProcess(leader, { labels: {}, ruleLabels: {}, account });
  for (const [tid, count] of Object.entries(faults)) {
    const row = rows.open();
    threads.bill(row, recordOf({ ac_minflt: count }), account);
    process.threads.set(Number(tid), row);
  }
  return { threads, rows, process, rowOf: (tid: number) => process.threads.get(tid) };
}

const totals = (faults: number) => recordOf({ ac_minflt: faults });

test("a dropped row is free, and a thread without a row can be dropped", () => {
  const { threads, rows, process } = setUp({ 11: 5 });
  rows.drop(process, 11);
  rows.drop(process, 11);
  expect([threads.size(), process.threads.size]).toEqual([0, 0]);
});

test("a leader that was taken over continues the row that has billed most of those that its figures reach", () => {
  const { rows, process, rowOf } = setUp({ 11: 5, 12: 7, 13: 20, 14: 9 });
  const row = rowOf(12);
  // 13 has done more than the leader now shows, and 14 is not one of those that may have taken over.
  rows.takeOverLeader(process, totals(10), [11, 12, 13]);
  expect([rowOf(leader), [...process.threads.keys()]]).toEqual([row, [11, 13, 14, leader]]);
});

test("a leader that was taken over by a thread without a row begins a new row", () => {
  const { threads, rows, process, rowOf } = setUp({ 11: 20 });
  rows.takeOverLeader(process, totals(10), [11]);
  expect([threads.size(), threads.billed(rowOf(leader) ?? (-1 as never))]).toEqual([2, 0]);
});

test("figures of the leader that have not fallen continue its own row, unless a gone thread has billed more", () => {
  const own = setUp({ [leader]: 7, 11: 5 });
  const row = own.rowOf(leader);
  own.rows.inheritRow(own.process, totals(10), [11]);
  expect([own.rowOf(leader), own.threads.size()]).toEqual([row, 2]);

  const other = setUp({ [leader]: 5, 11: 7 });
  const heir = other.rowOf(11);
  other.rows.inheritRow(other.process, totals(10), [11]);
  expect([other.rowOf(leader), other.threads.size(), other.rowOf(11)]).toEqual([heir, 1, undefined]);
});

test("figures of the leader that have fallen are another thread's", () => {
  const gone = setUp({ [leader]: 20, 11: 5 });
  const heir = gone.rowOf(11);
  gone.rows.inheritRow(gone.process, totals(10), [11]);
  expect([gone.rowOf(leader), gone.threads.size()]).toEqual([heir, 1]);

  const unseen = setUp({ [leader]: 20, 11: 5 });
  unseen.rows.inheritRow(unseen.process, totals(10), []);
  expect([unseen.rowOf(leader), [...unseen.process.threads.keys()]]).toEqual([undefined, [11]]);
});
