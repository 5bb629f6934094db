import { describe, expect, test } from "@jest/globals";
import {
  copyAccount,
  createAccount,
  mergeAccount,
  recordExit,
  replan,
  showSums,
  type Account,
} from "../../src/account/account.ts";
import { createRecentExits, listExits, noteExit } from "../../src/account/recent-exits.ts";
import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { addExitedRun } from "../../src/account/run-time.ts";
import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { histogramMetrics, type HistogramMetric } from "../../src/fields/group-metrics.ts";

const plan = createHistogramPlan(histogramMetrics);

function record(values: Partial<Record<FieldKey, number>>): Float64Array {
  const out = new Float64Array(fields.length).fill(NaN);
  for (const [key, value] of Object.entries(values)) out[slotOf(key as FieldKey)] = value;
  return out;
}

const histogramOf = (account: ReturnType<typeof createAccount>, name: string, kind?: string) =>
  account.histograms[account.plan.findIndex(({ metric, labels }) => metric.name === name && labels["kind"] === kind)];

describe("an account", () => {
  test("with another plan keeps the histograms whose buckets stay, and begins the others at zero", () => {
    const [lifetime, cpu, , rss] = histogramMetrics as [
      HistogramMetric,
      HistogramMetric,
      HistogramMetric,
      HistogramMetric,
    ];
    const account = createAccount(createHistogramPlan([lifetime, cpu]));
    const end = record({ ac_tgetime: 1_500_000, cpu_run_virtual_total: 2e9, hiwater_rss: 2048 });
    recordExit(account, 0, { process: end, last: end });
    replan(account, createHistogramPlan([rss, { ...cpu, buckets: [1, 2] }, lifetime]));
    recordExit(account, 0, { process: end, last: end });
    const counts = [rss.name, cpu.name, lifetime.name].map((name) => histogramOf(account, name)?.count);
    expect(counts).toEqual([1, 1, 2]);
  });

  test("shows the same value until later growths have made up for what was billed too much", () => {
    const account = createAccount(plan);
    const shows = [100, 90, 95, 101].map((exact) => {
      account.exact[3] = exact;
      return showSums(account)[3];
    });
    expect(shows).toEqual([100, 100, 100, 101]);
  });

  test("shows the CPU time that the sums of exited threads lack, and does not fall when later ticks say less", () => {
    const account = createAccount(plan);
    const slot = slotOf("cpu_run_virtual_total");
    account.exact[slot] = 5e6;
    addExitedRun(account.missingRunTime, { source: "age", sum: 5e6, most: 7e6, ticks: 0, estimate: 7e6 }, 4e6);
    expect(showSums(account)[slot]).toBe(7e6);
    // The sum of this thread has been polled, so that nothing of it is new.
    addExitedRun(account.missingRunTime, { source: "ticks", sum: 3e6, most: 4e6, ticks: 4e6, estimate: 4e6 }, 4e6);
    expect(showSums(account)[slot]).toBe(8e6);
    addExitedRun(account.missingRunTime, { source: "ticks", sum: 3e6, most: 4e6, ticks: 0, estimate: 4e6 }, 4e6);
    expect(showSums(account)[slot]).toBe(8e6);
  });

  test("gives the missing CPU time of its threads to the account into which it is merged, and to its copy", () => {
    const slot = slotOf("cpu_run_virtual_total");
    const [from, to] = [createAccount(plan), createAccount(plan)];
    from.exact[slot] = 5e6;
    addExitedRun(from.missingRunTime, { source: "age", sum: 5e6, most: 7e6, ticks: 0, estimate: 7e6 }, 4e6);
    const copy = copyAccount(from);
    mergeAccount(from, to);
    addExitedRun(from.missingRunTime, { source: "age", sum: 0, most: 1e6, ticks: 0, estimate: 1e6 }, 4e6);
    expect([showSums(to)[slot], showSums(copy)[slot]]).toEqual([7e6, 7e6]);
  });

  test("divides the CPU time that it shows between the modes, and its copy keeps the division", () => {
    const account = createAccount(plan);
    account.exact[slotOf("cpu_run_virtual_total")] = 4e9;
    account.exact[slotOf("ac_utime")] = 300;
    account.exact[slotOf("ac_stime")] = 100;
    showSums(account);
    const copy = copyAccount(account);
    account.exact[slotOf("cpu_run_virtual_total")] = 8e9;
    showSums(account);
    expect([account.cpuTime, copy.cpuTime]).toEqual([
      { user: 6e9, system: 2e9 },
      { user: 3e9, system: 1e9 },
    ]);
  });

  test("observes the CPU time of a process together with what its sums lack", () => {
    const account = createAccount(plan);
    const process = record({ cpu_run_virtual_total: 1e9 });
    recordExit(account, 0, { process, last: process, missingRunNs: 5e8 });
    expect(histogramOf(account, "taskstats_process_cpu_seconds")?.sum).toBe(1.5);
  });

  test("leaves its copy as it was when more is billed", () => {
    const account = createAccount(plan);
    const ended = record({ cpu_run_virtual_total: 2e9 });
    recordExit(account, 0, { process: ended, last: ended });
    account.exact[3] = account.largest[3] = 7;
    showSums(account);
    const copy = copyAccount(account);
    const before = { ...structuredClone({ ...account, plan: [] }), plan };
    expect(copy).toEqual(before);
    recordExit(account, 0, { process: ended, last: ended });
    account.exact[3] = account.largest[3] = 8;
    showSums(account);
    account.starts++;
    expect(copy).toEqual(before);
  });

  test("counts exits by wait status, and feeds each histogram in base units", () => {
    const account = createAccount(plan);
    const process = record({ cpu_run_virtual_total: 2e9, cpu_delay_total: 5e6, blkio_delay_total: 0 });
    const last = record({ ac_tgetime: 1_500_000, hiwater_rss: 2048, cpu_run_virtual_total: 1 });
    recordExit(account, 0x0300, { process, last });
    recordExit(account, 0x0300, { process, last });
    recordExit(account, 9, { process, last });
    expect([...account.exits]).toEqual([
      [0, 0],
      [0x0300, 2],
      [9, 1],
    ]);
    expect(histogramOf(account, "taskstats_process_lifetime_seconds")?.sum).toBe(4.5);
    expect(histogramOf(account, "taskstats_process_cpu_seconds")?.sum).toBe(6);
    expect(histogramOf(account, "taskstats_process_delay_seconds", "cpu")?.sum).toBeCloseTo(0.015, 12);
    expect(histogramOf(account, "taskstats_process_max_rss_bytes")?.sum).toBe(3 * 2 ** 21);
  });

  test("takes the age of the last thread where records have no age of the process", () => {
    const account = createAccount(plan);
    recordExit(account, 0, { process: record({}), last: record({ ac_etime: 2_000_000 }) });
    expect(histogramOf(account, "taskstats_process_lifetime_seconds")?.sum).toBe(2);
    expect(histogramOf(account, "taskstats_process_max_rss_bytes")).toBeUndefined();
  });

  test("is added to another account without loss", () => {
    const [from, to] = [createAccount(plan), createAccount(plan)];
    from.exact[3] = 7;
    from.largest[4] = 9;
    from.threadExits = 2;
    to.exact[3] = 1;
    to.largest[4] = 3;
    mergeAccount(from, to);
    expect([to.exact[3], to.largest[4], to.threadExits]).toEqual([8, 9, 2]);
  });
});

test("a merged account has the last exits of both, and a copy shares them", () => {
  const [one, other, none] = [createAccount([]), createAccount([]), createAccount([])];
  const totals = new Float64Array(fields.length);
  const identity = { tgid: 1, ppid: 0, comm: "one", status: 0, lifetimeUs: 0 };
  for (const [index, account] of [one, other].entries()) {
    account.recentExits = createRecentExits();
    noteExit(account.recentExits, { ...identity, atSeconds: index }, { process: totals, last: totals });
  }
  const timesOf = ({ recentExits }: Account): number[] => listExits(recentExits).map(({ atSeconds }) => atSeconds);
  mergeAccount(one, other);
  mergeAccount(one, none);
  expect([timesOf(other), timesOf(none)]).toEqual([[1, 0], [0]]);
  mergeAccount(createAccount([]), other);
  expect(timesOf(copyAccount(other))).toEqual([1, 0]);
});
