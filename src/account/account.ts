/**
 * The account of a group: what has been billed to it, and how its processes exited. Pure data and the few rules on it.
 */

import { exitStatusKey } from "../fields/exit-status.ts";
import { fields, slotOf } from "../fields/fields.ts";
import { divideRunTime, type CpuTime } from "./cpu-time.ts";
import { isSameSeries, type HistogramPlan, type HistogramSeries } from "./histogram-plan.ts";
import { addHistogram, copyHistogram, createHistogram, observe, type Histogram } from "./histogram.ts";
import { billedOf, mergeNamedSums } from "./named-billing.ts";
import { mergeRecentExits, type RecentExits } from "./recent-exits.ts";
import { addMissingRunTime, createMissingRunTime, type MissingRunTime } from "./run-time.ts";
import { copyThreadNames, type ThreadNames } from "./thread-names.ts";

/** The kernel's figures of one thread or process since its start, one for each slot. NaN: the kernel does not have the field. */
export type Totals = Float64Array;

export interface Account {
  /** Sums of growths, one for each slot, in kernel units. A sum falls where a reply was too high and the next one is right. */
  readonly exact: Float64Array;
  /** What the page showed last. It never falls. */
  readonly shown: Float64Array;
  /** How often `shown` has been brought up to higher sums. While it stays, `shown` and `cpuTime` stay. */
  raised: number;
  /** The CPU time that the page showed last, by mode. Neither mode ever falls. */
  readonly cpuTime: CpuTime;
  /** The CPU time of exited threads that the kernel's sums lack. */
  readonly missingRunTime: MissingRunTime;
  /** The largest value that was seen, one for each slot. */
  readonly largest: Float64Array;
  /** Live processes that are billed to this account. */
  processes: number;
  starts: number;
  threadExits: number;
  /** Time for which CPU quotas throttled control groups of its processes; undefined where none of them ever had a quota. */
  throttledNs: number | undefined;
  /** The same figures by the names of threads; undefined where they are not collected, or nothing has been billed yet. */
  threadNames: ThreadNames | undefined;
  /** Exited processes by the bits of the wait status that say how. Status 0 is there from the start: its series shows 0. */
  readonly exits: Map<number, number>;
  /** Its last exits; undefined before the first one. */
  recentExits: RecentExits | undefined;
  /**
   * What the last sample for people found here, in the sampler's order; undefined before the first one. It is added up when accounts
   * are merged, as the figures are: so nothing is taken for growth that people have been shown already.
   */
  sampled: Float64Array | undefined;
  plan: HistogramPlan;
  /** One per series of the plan, in its order; undefined until its first observation. */
  histograms: (Histogram | undefined)[];
}

export function createAccount(plan: HistogramPlan): Account {
  return {
    exact: new Float64Array(fields.length),
    shown: new Float64Array(fields.length),
    raised: 0,
    cpuTime: { user: 0, system: 0 },
    missingRunTime: createMissingRunTime(),
    largest: new Float64Array(fields.length),
    processes: 0,
    starts: 0,
    threadExits: 0,
    throttledNs: undefined,
    threadNames: undefined,
    exits: new Map([[0, 0]]),
    recentExits: undefined,
    sampled: undefined,
    plan,
    histograms: plan.map(() => undefined),
  };
}

/** Changes the plan. Histograms whose series and buckets stay the same keep their counts; the others begin at zero. */
export function replan(account: Account, plan: HistogramPlan): void {
  account.histograms = plan.map((series) => {
    const former = account.plan.findIndex((other) => isSameSeries(series, other));
    return account.histograms[former];
  });
  account.plan = plan;
}

/** Copies an account. The copy does not change when more is billed; the last exits are no figures of a page, and are shared. */
export function copyAccount(account: Account): Account {
  const { exact, shown, cpuTime, largest, exits, histograms } = account;
  return {
    ...account,
    exact: exact.slice(),
    shown: shown.slice(),
    cpuTime: { ...cpuTime },
    missingRunTime: { ...account.missingRunTime },
    largest: largest.slice(),
    threadNames: account.threadNames && copyThreadNames(account.threadNames),
    exits: new Map(exits),
    histograms: histograms.map((histogram) => histogram && copyHistogram(histogram)),
  };
}

/**
 * Gives the sums that the page shows. Where too much was billed and has been taken back, a counter stands still until later
 * growths have made up for it: so it never falls, and it is exact in the long run.
 *
 * @returns a view of the account, in kernel units
 */
export function showSums(account: Account): Float64Array {
  const { exact, shown } = account;
  let rises = false;
  for (let slot = 0; slot < exact.length; slot++) {
    const value = exact[slot] as number;
    if (!(value > (shown[slot] as number))) continue;
    shown[slot] = value;
    rises = true;
  }
  const runTime = billedOf(account, runTimeSlot);
  if (runTime > (shown[runTimeSlot] as number)) {
    shown[runTimeSlot] = runTime;
    rises = true;
  }
  if (!rises) return shown;
  account.raised++;
  const sampled = { user: shown[modes.user] as number, system: shown[modes.system] as number };
  divideRunTime(account.cpuTime, shown[runTimeSlot] as number, sampled);
  return shown;
}

/** Adds one account to another. Needed when the process or container of a provisional account has been identified. */
export function mergeAccount(from: Account, to: Account): void {
  const apartNs = billedOf(from, runTimeSlot) + billedOf(to, runTimeSlot);
  for (let slot = 0; slot < to.exact.length; slot++) {
    to.exact[slot] = (to.exact[slot] as number) + (from.exact[slot] as number);
    to.largest[slot] = Math.max(to.largest[slot] as number, from.largest[slot] as number);
  }
  to.processes += from.processes;
  addMissingRunTime(from.missingRunTime, to.missingRunTime);
  mergeNamedSums(from, to, billedOf(to, runTimeSlot) - apartNs);
  to.starts += from.starts;
  to.threadExits += from.threadExits;
  if (from.throttledNs !== undefined) to.throttledNs = (to.throttledNs ?? 0) + from.throttledNs;
  if (from.recentExits !== undefined) {
    to.recentExits =
      to.recentExits === undefined ? from.recentExits : mergeRecentExits(from.recentExits, to.recentExits);
  }
  if (from.sampled !== undefined) {
    const { sampled } = from;
    to.sampled = to.sampled?.map((value, index) => value + (sampled[index] as number)) ?? sampled.slice();
  }
  for (const [status, count] of from.exits) to.exits.set(status, (to.exits.get(status) ?? 0) + count);
  to.plan.forEach((series, index) => {
    const former = from.histograms[from.plan.findIndex((other) => isSameSeries(series, other))];
    if (former !== undefined) addHistogram(former, (to.histograms[index] ??= createHistogram(series.metric.buckets)));
  });
}

const runTimeSlot = slotOf("cpu_run_virtual_total");
const modes = { user: slotOf("ac_utime"), system: slotOf("ac_stime") };
const age = { etime: slotOf("ac_etime"), tgetime: slotOf("ac_tgetime") };

/** The figures of a process at its exit. */
export interface ExitTotals {
  /** The last sums of the process where it had several threads; else the last record of its only thread. */
  readonly process: Totals;
  /** The record of the last thread, for the fields that only the record of a thread holds. */
  readonly last: Totals;
  /** The CPU time of its threads that the kernel's sums lack. The default is 0. */
  readonly missingRunNs?: number;
}

/**
 * Counts the exit of a process and feeds the histograms.
 *
 * @param status the wait status
 */
export function recordExit(account: Account, status: number, totals: ExitTotals): void {
  const key = exitStatusKey(status);
  account.exits.set(key, (account.exits.get(key) ?? 0) + 1);
  const { process, last, missingRunNs = 0 } = totals;
  const { plan, histograms } = account;
  for (let index = 0; index < plan.length; index++) {
    const { metric, slot, convert } = plan[index] as HistogramSeries;
    const value = valueAt(slot, process, last);
    // This kernel does not have the field.
    if (Number.isNaN(value)) continue;
    const histogram = (histograms[index] ??= createHistogram(metric.buckets));
    observe(histogram, convert(slot === runTimeSlot ? value + missingRunNs : value));
  }
}

/** Before struct version 12 a record lacks the age of the process (`ac_tgetime`). The age of its last thread stands in for it. */
function valueAt(slot: number, process: Totals, last: Totals): number {
  const value = process[slot] as number;
  if (value === value) return value;
  const own = last[slot] as number;
  return own === own || slot !== age.tgetime ? own : (last[age.etime] as number);
}
