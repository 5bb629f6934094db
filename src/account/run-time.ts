/**
 * Estimates the CPU time of exited threads. Pure.
 *
 * The kernel updates `cpu_run_virtual_total` (sum_exec_runtime) when a thread is given a CPU and at each timer tick, but not when
 * it makes the last record: the time after the last tick is missing, up to one tick. The missing time is bounded, and is
 * estimated in one of three ways; the record shows which one is right (see `RunTimeSource`). Sources:
 * kernel/tsacct.c, kernel/delayacct.c, update_curr() in kernel/sched/fair.c.
 */

import { slotOf } from "../fields/fields.ts";

/** The figures of a record, one for each slot. NaN: the record does not have the field. */
type Figures = Float64Array;

const slots = {
  sum: slotOf("cpu_run_virtual_total"),
  runs: slotOf("cpu_count"),
  cpuWait: slotOf("cpu_delay_total"),
  irq: slotOf("irq_delay_total"),
  age: slotOf("ac_etime"),
  user: slotOf("ac_utime"),
  system: slotOf("ac_stime"),
  slept: slotOf("nvcsw"),
};

/**
 * How the missing time of a thread is estimated.
 *
 * - `age`: the thread never slept. It always ran or waited for a CPU: its run time is its age without these waits.
 * - `ticks`: the thread slept, but never waited for another thread to leave the CPU, so that its runs began at any moment between
 *   two ticks. On average, the ticks that it was charged are its run time: right for many threads, far too coarse for one.
 * - `runs`: the thread slept, and either began runs when another thread left the CPU, which is mostly at a tick, so that ticks miss
 *   its runs; or it ran for so long that the noise of ticks exceeds the missing time. Its last run is assumed to be as long as
 *   the others.
 */
export type RunTimeSource = "age" | "ticks" | "runs";

/** The run time of one exited thread, in nanoseconds. */
export interface ExitedRun {
  source: RunTimeSource;
  /** The kernel's sum. The thread ran at least that long. */
  sum: number;
  /** The thread ran at most that long: its age without waits for a CPU, but not more than one tick above the sum. */
  most: number;
  /** The time that it was charged at ticks, user and system time together. */
  ticks: number;
  /** The estimate by age or by runs. For the source `ticks` it is the estimate by runs. */
  estimate: number;
}

export const createExitedRun = (): ExitedRun => ({ source: "age", sum: 0, most: 0, ticks: 0, estimate: 0 });

/** Ticks of run time from which on a thread ran for long: what is missing is then less than 4 %. */
const longTicks = 25;

const orZero = (value: number): number => (value === value ? value : 0);

/**
 * The mean time of a run after its last tick, in nanoseconds, where ticks fall at any moment of the run. A run without a tick is
 * missing as a whole; a run of a tick or more lacks half a tick on average.
 */
function meanTail(run: number, tickNs: number): number {
  return run < tickNs ? run - (run * run) / (2 * tickNs) : tickNs / 2;
}

/**
 * The length of a thread's runs, if all runs are equally long and the sum lacks the mean tail of the last one. It is the solution
 * of `sum = runs * length - meanTail(length)`.
 */
function runLength(sum: number, runs: number, tickNs: number): number {
  const others = runs - 1;
  const short = tickNs * (Math.sqrt(others * others + (2 * sum) / tickNs) - others);
  return short < tickNs ? short : (sum + tickNs / 2) / runs;
}

/**
 * True where the thread only ran or waited for a CPU. The kernel counts in `nvcsw` each time that a thread leaves its CPU by itself;
 * stops by a signal, a tracer or the freezer count too. Throttling by a CPU quota is no sleep: its time is in the waits for a CPU.
 *
 * Before struct version 5 there is no `nvcsw`: only a thread that ran once is known not to have slept. Without any counted run,
 * waits are not counted either (`nodelayacct` on kernels without CONFIG_SCHEDSTATS), so that the age says nothing.
 */
function neverSlept(figures: Figures): boolean {
  const runs = figures[slots.runs] as number;
  const slept = figures[slots.slept] as number;
  return runs > 0 && (slept === slept ? slept === 0 : runs === 1);
}

/**
 * The upper bound of the run time. Waits for I/O are not subtracted from the age: since Linux 6.12 they are often false. The bound
 * of one tick is enough.
 */
function mostOf(figures: Figures, sum: number, tickNs: number): number {
  const byAge =
    (figures[slots.age] as number) * 1000 -
    orZero(figures[slots.cpuWait] as number) -
    orZero(figures[slots.irq] as number);
  return Math.max(sum, byAge < sum + tickNs ? byAge : sum + tickNs);
}

/**
 * Reads the run time from the last record of a thread.
 *
 * @param tickNs the time between two timer ticks
 * @param run what is filled and returned
 */
export function readExitedRun(figures: Figures, tickNs: number, run = createExitedRun()): ExitedRun {
  const sum = orZero(figures[slots.sum] as number);
  const most = mostOf(figures, sum, tickNs);
  run.sum = sum;
  run.most = most;
  run.ticks = 1000 * (orZero(figures[slots.user] as number) + orZero(figures[slots.system] as number));
  run.source = "age";
  run.estimate = most;
  if (neverSlept(figures)) return run;
  // A thread that slept ran at least twice.
  const runs = Math.max(2, orZero(figures[slots.runs] as number));
  run.estimate = Math.min(most, sum + Math.round(meanTail(runLength(sum, runs, tickNs), tickNs)));
  const isFair = sum < longTicks * tickNs && (figures[slots.cpuWait] as number) < tickNs;
  run.source = isFair ? "ticks" : "runs";
  return run;
}

/** What the kernel's sums of exited threads lack, for one group, in nanoseconds. Its members are sums: groups can be added up. */
export interface MissingRunTime {
  /** Sum of the estimates by age and by runs. */
  estimated: number;
  /** For threads of the source `ticks`: the ticks that they were charged, less their sums. May be negative. */
  ticked: number;
  /** For the same threads: their upper bounds, less their sums. */
  tickedMost: number;
  /** Variance of `ticked`, if ticks fall at random: at most a tick times the run time. */
  variance: number;
}

export function createMissingRunTime(): MissingRunTime {
  return { estimated: 0, ticked: 0, tickedMost: 0, variance: 0 };
}

export function addMissingRunTime(from: MissingRunTime, to: MissingRunTime): void {
  to.estimated += from.estimated;
  to.ticked += from.ticked;
  to.tickedMost += from.tickedMost;
  to.variance += from.variance;
}

/** The estimate by ticks, kept within the bounds of the whole group. To bound each thread alone would bias the sum. */
function byTicks({ ticked, tickedMost }: MissingRunTime): number {
  return Math.round(Math.min(Math.max(ticked, 0), tickedMost));
}

/** The best estimate of the missing time. Together with the kernel's sums it never falls when a thread is added. */
export function missingNs(missing: MissingRunTime): number {
  return missing.estimated + byTicks(missing);
}

/** A deviation of more than this many standard errors is not explained by chance. */
const mostStandardErrors = 3;

/**
 * Limits `ticked` to the bounds, give or take what chance explains. Threads that run in step with the ticks exceed this: without the
 * limit, what ticks miss in one hour would be taken from the next hour.
 */
function forgetBias(missing: MissingRunTime): void {
  const noise = mostStandardErrors * Math.sqrt(missing.variance);
  missing.ticked = Math.min(Math.max(missing.ticked, -noise), missing.tickedMost + noise);
}

/**
 * Adds an exited thread to its group.
 *
 * @param tickNs the time between two timer ticks
 * @returns what the sum of this thread lacks; for the source `ticks` it is the thread's share of what the group lacks
 */
export function addExitedRun(missing: MissingRunTime, run: ExitedRun, tickNs: number): number {
  const { source, sum, most, ticks, estimate } = run;
  if (source !== "ticks") {
    missing.estimated += estimate - sum;
    return estimate - sum;
  }
  missing.ticked += ticks - sum;
  missing.tickedMost += most - sum;
  missing.variance += tickNs * ticks;
  forgetBias(missing);
  return missing.tickedMost > 0 ? Math.round((byTicks(missing) * (most - sum)) / missing.tickedMost) : 0;
}

/** How far apart the two bounds of the run time are; 0 for a thread that never slept. */
export function uncertainNs({ source, sum, most }: ExitedRun): number {
  return source === "age" ? 0 : most - sum;
}
