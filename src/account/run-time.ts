/**
 * The CPU time of threads that have ended. Pure.
 *
 * `cpu_run_virtual_total` (sum_exec_runtime) is brought up to date when a thread is given a CPU and at each timer tick, not
 * when its last record is made: of its last run it lacks what came after the last tick, up to a whole one. What is missing
 * is bounded, and is estimated in one of three ways, each by a property that the record shows (see `AvailabilityInputs`). Sources:
 * kernel/tsacct.c, kernel/delayacct.c, update_curr() in kernel/sched/fair.c.
 */

import { slotOf } from "../fields/fields.ts";

/** A record's figures, one per field slot; NaN where it does not have the field. */
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
 * What a record tells of the time that its sum lacks.
 *
 * - `age`: the thread never slept. It ran or waited for a CPU, so that its run time is its age without its waits.
 * - `ticks`: it slept, and never waited for another's turn, so that its runs began at any moment between two ticks. The ticks
 *   that it was charged are then its run time on average: right for many, far too coarse for one.
 * - `runs`: it slept, and began some of its runs when another's turn ended, mostly at a tick, so that ticks miss it; or it ran
 *   for so long that the noise of its ticks is larger than what is missing. Its last run is taken for as long as the others.
 */
export type RunTimeSource = "age" | "ticks" | "runs";

/** The run time of one ended thread, in nanoseconds. */
export interface ExitedRun {
  readonly source: RunTimeSource;
  /** The kernel's sum: the thread ran for as long at least. */
  readonly sum: number;
  /** It ran for as long at most: its age without CPU waits, and no more than a tick above the sum. */
  readonly most: number;
  /** What it was charged at ticks, user and system. */
  readonly ticks: number;
  /** By its age, or by its runs; for `ticks` what its runs alone would say. */
  readonly estimate: number;
}

/** From so many ticks of run time on, what is missing is less than four hundredths of it. */
const longTicks = 25;

const orZero = (value: number): number => (value === value ? value : 0);

/**
 * What a run lacks on average of what came after its last tick, where ticks fall at any moment of it: all of it where
 * there was none, else half a tick or half of the run.
 */
function meanTail(run: number, tickNs: number): number {
  return run < tickNs ? run - (run * run) / (2 * tickNs) : tickNs / 2;
}

/**
 * The length that a thread's runs have where all are alike and the sum lacks the mean tail of the last one: the solution of
 * `sum = runs * length - meanTail(length)`.
 */
function runLength(sum: number, runs: number, tickNs: number): number {
  const others = runs - 1;
  const short = tickNs * (Math.sqrt(others * others + (2 * sum) / tickNs) - others);
  return short < tickNs ? short : (sum + tickNs / 2) / runs;
}

/**
 * Whatever takes a thread off its CPU for other reasons than another's turn counts as a sleep in nvcsw: stops by a signal or
 * a tracer and the freezer, too. A CPU limit's throttling is a wait for a CPU, and its time in the waits.
 *
 * Before struct version 5 nobody counts sleeps: a thread that ran once did not sleep. Where a thread has no run at all its
 * waits are not counted either (`nodelayacct` on kernels without CONFIG_SCHEDSTATS), and its age tells nothing.
 */
function neverSlept(figures: Figures): boolean {
  const runs = figures[slots.runs] as number;
  const slept = figures[slots.slept] as number;
  return runs > 0 && (slept === slept ? slept === 0 : runs === 1);
}

/** Waits for I/O are not taken from the age: on 6.12 and later they are false too often, and the tick bounds them. */
function mostOf(figures: Figures, sum: number, tickNs: number): number {
  const byAge =
    (figures[slots.age] as number) * 1000 -
    orZero(figures[slots.cpuWait] as number) -
    orZero(figures[slots.irq] as number);
  return Math.max(sum, byAge < sum + tickNs ? byAge : sum + tickNs);
}

/**
 * Reads a thread's last record.
 *
 * @param tickNs the time between two timer ticks
 */
export function readExitedRun(figures: Figures, tickNs: number): ExitedRun {
  const sum = orZero(figures[slots.sum] as number);
  const most = mostOf(figures, sum, tickNs);
  const ticks = 1000 * (orZero(figures[slots.user] as number) + orZero(figures[slots.system] as number));
  if (neverSlept(figures)) return { source: "age", sum, most, ticks, estimate: most };
  // A thread that slept ran twice at least.
  const runs = Math.max(2, orZero(figures[slots.runs] as number));
  const estimate = Math.min(most, sum + Math.round(meanTail(runLength(sum, runs, tickNs), tickNs)));
  const isFair = sum < longTicks * tickNs && (figures[slots.cpuWait] as number) < tickNs;
  return { source: isFair ? "ticks" : "runs", sum, most, ticks, estimate };
}

/** What the kernel's sums of a group's ended threads lack, in nanoseconds. Sums only: groups can be added. */
export interface MissingRunTime {
  /** By age and by runs. */
  estimated: number;
  /** Of the threads whose ticks tell: what they were charged beyond their sums, which may be negative, and at the most. */
  ticked: number;
  tickedMost: number;
  /** Variance of `ticked` where ticks fall at random: at most a tick times the run time. */
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

/** What ticks say of the threads that they tell of, kept within the bounds of their sum: each alone would be biased by its own. */
function byTicks({ ticked, tickedMost }: MissingRunTime): number {
  return Math.round(Math.min(Math.max(ticked, 0), tickedMost));
}

/** What is missing, best estimate. With the kernel's sums of the same threads it never falls when a thread is added. */
export function missingNs(missing: MissingRunTime): number {
  return missing.estimated + byTicks(missing);
}

/** Beyond so many standard errors it is not chance that holds what ticks say outside the bounds. */
const chance = 3;

/**
 * Forgets what chance does not explain of what ticks said outside the bounds: threads that ran in step with them. Else what they
 * missed in one hour would be taken from the next.
 */
function forgetBias(missing: MissingRunTime): void {
  const noise = chance * Math.sqrt(missing.variance);
  missing.ticked = Math.min(Math.max(missing.ticked, -noise), missing.tickedMost + noise);
}

/**
 * Adds an ended thread to its group's.
 *
 * @param tickNs the time between two timer ticks
 * @returns what its own sum lacks: for one whose ticks tell, its share of what its group's lack
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

/** How far apart the bounds are: nothing for a thread that never slept. */
export function uncertainNs({ source, sum, most }: ExitedRun): number {
  return source === "age" ? 0 : most - sum;
}
