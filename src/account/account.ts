/**
 * What one group has been billed, and how its processes ended. Pure data and the few rules on it.
 */

import { exitStatusKey } from "../fields/exit-status.ts";
import { fields, slotOf } from "../fields/fields.ts";
import { isSameSeries, type HistogramPlan } from "./histogram-plan.ts";
import { addHistogram, copyHistogram, createHistogram, observe, type Histogram } from "./histogram.ts";
import { addMissingRunTime, createMissingRunTime, missingNs, type MissingRunTime } from "./run-time.ts";

/** The kernel's figures of one task or process since its start, one per field slot; NaN where it does not have the field. */
export type Totals = Float64Array;

export interface Account {
  /** Sums of increments in kernel units, one per field slot; may fall for a moment when a reply was too high. */
  readonly exact: Float64Array;
  /** What was shown last, never less than before. */
  readonly shown: Float64Array;
  /** What the kernel's sums of ended threads lack of their CPU time. */
  readonly missingRunTime: MissingRunTime;
  /** Largest value seen, per field slot. */
  readonly largest: Float64Array;
  /** Live processes that are billed here. */
  processes: number;
  starts: number;
  threadExits: number;
  /** Time for which quotas held back control groups of its processes; undefined where none of them ever had a quota. */
  throttledNs: number | undefined;
  /** Ended processes by the bits of the wait status that say how. Status 0 is there from the start, for who waits for an end. */
  readonly exits: Map<number, number>;
  plan: HistogramPlan;
  /** One per series of the plan, in its order; undefined until its first observation. */
  histograms: (Histogram | undefined)[];
}

export function createAccount(plan: HistogramPlan): Account {
  return {
    exact: new Float64Array(fields.length),
    shown: new Float64Array(fields.length),
    missingRunTime: createMissingRunTime(),
    largest: new Float64Array(fields.length),
    processes: 0,
    starts: 0,
    threadExits: 0,
    throttledNs: undefined,
    exits: new Map([[0, 0]]),
    plan,
    histograms: plan.map(() => undefined),
  };
}

/** Observes by another plan from now on: histograms whose series and buckets stay the same go on, the others begin anew. */
export function replan(account: Account, plan: HistogramPlan): void {
  account.histograms = plan.map((series) => {
    const former = account.plan.findIndex((other) => isSameSeries(series, other));
    return account.histograms[former];
  });
  account.plan = plan;
}

/** An account that holds what this one does now. */
export function copyAccount(account: Account): Account {
  const { exact, shown, largest, exits, histograms } = account;
  return {
    ...account,
    exact: exact.slice(),
    shown: shown.slice(),
    missingRunTime: { ...account.missingRunTime },
    largest: largest.slice(),
    exits: new Map(exits),
    histograms: histograms.map((histogram) => histogram && copyHistogram(histogram)),
  };
}

/**
 * The group's sums as they may be shown: what was billed too much and taken back since is worked off against later
 * increases, so that no counter falls and the long-run figure stays exact.
 *
 * @returns a view of the account, in kernel units
 */
export function showSums(account: Account): Float64Array {
  const { exact, shown } = account;
  for (let slot = 0; slot < exact.length; slot++) {
    const value = exact[slot] as number;
    if (value > (shown[slot] as number)) shown[slot] = value;
  }
  const runTime = (exact[runTimeSlot] as number) + missingNs(account.missingRunTime);
  if (runTime > (shown[runTimeSlot] as number)) shown[runTimeSlot] = runTime;
  return shown;
}

/** Adds what one account holds to another: the process or the container that it is of has been identified. */
export function mergeAccount(from: Account, to: Account): void {
  for (let slot = 0; slot < to.exact.length; slot++) {
    to.exact[slot] = (to.exact[slot] as number) + (from.exact[slot] as number);
    to.largest[slot] = Math.max(to.largest[slot] as number, from.largest[slot] as number);
  }
  to.processes += from.processes;
  addMissingRunTime(from.missingRunTime, to.missingRunTime);
  to.starts += from.starts;
  to.threadExits += from.threadExits;
  if (from.throttledNs !== undefined) to.throttledNs = (to.throttledNs ?? 0) + from.throttledNs;
  for (const [status, count] of from.exits) to.exits.set(status, (to.exits.get(status) ?? 0) + count);
  to.plan.forEach((series, index) => {
    const former = from.histograms[from.plan.findIndex((other) => isSameSeries(series, other))];
    if (former !== undefined) addHistogram(former, (to.histograms[index] ??= createHistogram(series.metric.buckets)));
  });
}

const runTimeSlot = slotOf("cpu_run_virtual_total");
const age = { etime: slotOf("ac_etime"), tgetime: slotOf("ac_tgetime") };

/** A process's figures at its end. */
export interface ExitTotals {
  /** The sums of its threads where it had several. */
  readonly process: Totals;
  readonly last: Totals;
  /** What the kernel's sum lacks of its threads' CPU time; nothing where left out. */
  readonly missingRunNs?: number;
}

/**
 * Counts the end of a process.
 *
 * @param status the wait status
 * @param totals.last the record of its last thread, for what only a thread's record holds
 */
export function recordExit(account: Account, status: number, totals: ExitTotals): void {
  const key = exitStatusKey(status);
  account.exits.set(key, (account.exits.get(key) ?? 0) + 1);
  const { process, last, missingRunNs = 0 } = totals;
  account.plan.forEach(({ metric, slot, convert }, index) => {
    const value = valueAt(slot, process, last);
    // This kernel does not have the field.
    if (Number.isNaN(value)) return;
    const histogram = (account.histograms[index] ??= createHistogram(metric.buckets));
    observe(histogram, convert(slot === runTimeSlot ? value + missingRunNs : value));
  });
}

/** Before struct version 12 a record has no age of its process: that of its last thread is the nearest. */
function valueAt(slot: number, process: Totals, last: Totals): number {
  const value = process[slot] as number;
  if (value === value) return value;
  const own = last[slot] as number;
  return own === own || slot !== age.tgetime ? own : (last[age.etime] as number);
}
