/** What the exit of a known process leaves in its group's account and in the counters. */

import { expect, test } from "@jest/globals";
import { createAccount } from "../../../src/account/account.ts";
import { createPlan } from "../../../src/account/plan.ts";
import { listExits } from "../../../src/account/recent-exits.ts";
import { createBiller } from "../../../src/collect/biller.ts";
import { createCounters } from "../../../src/collect/counters.ts";
import { createExitBilling } from "../../../src/collect/exits/exit-billing.ts";
import { createProcess } from "../../../src/collect/groups/process.ts";
import type { Missing } from "../../../src/collect/attribution.ts";
import { AFORK, slotOf } from "../../../src/fields/fields.ts";
import { exitRecordOf, recordOf, type FieldValues, type ReceptionSpec } from "../../support/receptions.ts";

const tgid = 10;
const minflt = slotOf("ac_minflt");
const ageUs = 1000;

/** A process that is younger than the exporter, unless it is said to be older. */
function setUp({ isOlder = false } = {}) {
  const counters = createCounters();
  let nowUs = 1e6;
  const biller = createBiller({
    plan: createPlan({ deadThreadsKept: true }),
    clock: { monotonicUs: () => nowUs, unixSeconds: () => 0 },
    implausible: counters.implausible,
    tickNs: 4e6,
    isLossy: () => counters.exitEventsLost > 0,
  });
  biller.begin();
  nowUs += isOlder ? 0 : 1e6;
  const account = createAccount([]);
  const process = createProcess(tgid, { labels: {}, ruleLabels: {}, account });
  const record = (tid: number, figures: FieldValues = {}, more: Partial<ReceptionSpec> = {}) =>
    exitRecordOf({ tid, tgid, figures: { ac_etime: ageUs, ac_tgetime: ageUs, ...figures }, ...more });
  const poll = (tid: number, faults: number): void =>
    biller.billThread(
      process,
      { tid, values: recordOf({ ac_etime: ageUs, ac_minflt: faults }), readComm: () => "" },
      true,
    );
  return {
    counters,
    biller,
    billing: createExitBilling({ biller, counters, clock: { unixSeconds: () => 0 } }),
    account,
    process,
    record,
    poll,
  };
}

test("the exit of a thread is billed beyond what polls have billed, and the process has one thread less", () => {
  const { billing, account, process, record, poll, biller } = setUp();
  process.threadCount = 3;
  poll(11, 5);
  billing.billThread(process, record(11, { ac_minflt: 8 }));
  expect([account.exact[minflt], account.threadExits, process.threadCount]).toEqual([8, 1, 2]);
  expect([process.leaderEnded, biller.rows.threads, account.exits.get(0)]).toEqual([false, 0, 0]);
});

test("the exit of a process is counted by its wait status, with its start and its attribution", () => {
  const { billing, account, process, record, counters } = setUp();
  billing.billProcess(process, record(tgid, { ac_minflt: 8, ac_exitcode: 0x0100 }), "event", "job");
  expect([...account.exits]).toEqual([
    [0, 0],
    [0x0100, 1],
  ]);
  expect([account.starts, account.threadExits, account.exact[minflt]]).toEqual([1, 1, 8]);
  expect([counters.exitAttribution.event, counters.exitAttribution.tracked]).toEqual([1, 0]);
  expect([process.leaderEnded, process.leaderStatus]).toEqual([true, 0x0100]);
});

test("the wait status is the leader's where the last record has none, as before Linux 5.17", () => {
  const { billing, account, process, record } = setUp();
  process.threadCount = 2;
  billing.billThread(process, record(tgid, { ac_exitcode: 9 }));
  billing.billProcess(process, record(11, {}, { sums: {} }), "tracked", "job");
  expect([account.exits.get(9), account.exits.get(0)]).toEqual([1, 0]);
});

test("figures of a task that is older than the exporter and was never polled are counted, and not billed", () => {
  const { billing, account, process, record, counters } = setUp({ isOlder: true });
  billing.billProcess(process, record(tgid, { ac_minflt: 8 }), "event", "job");
  // The thread's record and the sums of the process.
  expect(counters.eventsWithoutBaseline).toBe(2);
  expect([account.exact[minflt], account.starts, account.exits.get(0)]).toEqual([0, 0, 1]);
});

test.each<[Missing, number, string, number]>([
  ["argv", 0, "unidentified_cmdline", 1],
  ["cgroups", 0, "unidentified_cgroup", 1],
  ["argv", AFORK, "unidentified_cmdline", 0],
  ["parent", 0, "unidentified_parent", 0],
])(
  "where %s is missing and ac_flag is %i the exit counts as %s, and as %i missed exec",
  (missing, flag, by, missed) => {
    const { billing, process, record, counters } = setUp();
    process.assignment = { ruleLabels: undefined, container: undefined, missing, inherited: false, rule: undefined };
    billing.billProcess(process, record(tgid, { ac_flag: flag }), "exec", "job");
    const { exec, ...others } = counters.exitAttribution;
    expect([exec, (others as Record<string, number>)[by], counters.execsMissed]).toEqual([0, 1, missed]);
  },
);

test("a second record under the leader's id continues the row of the thread that has exec'd", () => {
  const { billing, account, process, record, poll } = setUp();
  process.threadCount = 2;
  poll(11, 7);
  billing.billThread(process, record(tgid, { ac_minflt: 2 }));
  billing.billProcess(process, record(tgid, { ac_minflt: 10 }), "tracked", "job");
  // 2 of the first leader, and 10 of the thread, of which 7 had been billed.
  expect([account.exact[minflt], process.threads.size]).toEqual([12, 0]);
});

test.each([
  ["without a loss, continue the leader's row", 0, 20],
  ["after a loss, continue the row that has billed most", 1, 16],
])("figures under the leader's id, %s", (_title, lost, billed) => {
  const { billing, account, process, record, poll, counters } = setUp();
  counters.exitEventsLost = lost;
  poll(tgid, 3);
  poll(11, 7);
  billing.inheritRow(process, record(tgid, { ac_minflt: 13 }));
  billing.billThread(process, record(tgid, { ac_minflt: 13 }));
  // Beyond the 10 that had been billed: 13 - 3 of the leader's row, or 13 - 7 of the other thread's.
  expect(account.exact[minflt]).toBe(billed);
});

test("each exit of a process is kept and told", () => {
  const { counters, biller, account, process, record } = setUp();
  const told: unknown[] = [];
  const clock = { unixSeconds: () => 1234 };
  const billing = createExitBilling({ biller, counters, clock, onExit: (whose, exit) => told.push([whose, exit]) });
  billing.billThread(process, record(11));
  expect(told).toEqual([]);
  const figures = { ac_exitcode: 9, ac_ppid: 3, cpu_run_virtual_total: 70 };
  billing.billProcess(process, record(tgid, figures), "event", "one");
  const exit = { tgid, ppid: 3, comm: "one", status: 9, atSeconds: 1234, lifetimeUs: ageUs };
  expect(told).toEqual([[process, expect.objectContaining(exit)]]);
  expect(listExits(account.recentExits)).toEqual([expect.objectContaining(exit)]);
});

test("a process that nobody saw is told by the id of its only thread", () => {
  const { counters, biller, account, record } = setUp();
  const unseen = createProcess(0, { labels: {}, ruleLabels: {}, account });
  const billing = createExitBilling({ biller, counters, clock: { unixSeconds: () => 0 } });
  billing.billProcess(unseen, record(77), "event", "job");
  expect(listExits(account.recentExits)).toMatchObject([{ tgid: 77 }]);
});
