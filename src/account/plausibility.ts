/**
 * Refuses waits that cannot have happened. Since Linux 6.12 a block I/O wait may be counted from an old stamp, so that a
 * thread seems to have waited for as long as the machine is up (kernel/delayacct.c; DELAY_DEQUEUE in kernel/sched).
 * A thread's own record bounds its waits: it grows older by `ac_etime`, and meanwhile it runs, waits for a CPU, or waits
 * for I/O. The record's age is the only clock, so that it does not matter when the record was asked for.
 *
 * Records go in, and believed figures come out: those are what is billed, counted and shown. Pure.
 */

import { delayKinds, fields, slotOf } from "../fields/fields.ts";
import type { Totals } from "./account.ts";
import { judgeGrowth } from "./growth.ts";
import { createRefusals, type Refusals } from "./refusals.ts";

export interface Plausibility {
  /** What the last call refused and none before it; undefined where that is nothing. Valid until the next call. */
  readonly refused: Refusals | undefined;
  /** Begins a row for a thread that has done nothing yet. Rows are those of the meter that bills the same records. */
  open(row: number): void;
  /**
   * Begins a row with figures that nobody is billed for.
   *
   * @param asleep false where a wait may be under way that began long before: the thread was not seen sleeping
   * @returns the believed figures: `totals` itself, or a copy that is valid until the next call
   */
  baseline(row: number, totals: Totals, asleep: boolean): Totals;
  /** Judges a thread's record by what it has grown since the last one. @returns as `baseline` */
  check(row: number, totals: Totals): Totals;
  /** Judges the record of a thread that has no row, by all that it did since its start. @returns as `baseline` */
  checkWhole(totals: Totals): Totals;
  /** Ends a row. */
  close(row: number): void;
}

const slots = { etime: slotOf("ac_etime"), runTime: slotOf("cpu_run_virtual_total"), runs: slotOf("cpu_count") };

/** In the order of `delayKinds`: cpu first, since the bound of blkio depends on it. */
const kinds = delayKinds.map((kind) => ({
  total: slotOf(`${kind}_delay_total`),
  count: slotOf(`${kind}_count`),
  max: slotOf(`${kind}_delay_max`),
}));
const totalSlots = Uint16Array.from(kinds, ({ total }) => total);
const countSlots = Uint16Array.from(kinds, ({ count }) => count);
const maxSlots = Uint16Array.from(kinds, ({ max }) => max);
const cpu = delayKinds.indexOf("cpu");
const blkio = delayKinds.indexOf("blkio");

/**
 * Cells of a row: the age of the last record, how much of the time before it may still be counted, run time, and whether
 * what the thread waited for at its baseline is still to be counted; then total, count and maximum of each kind as the
 * kernel gave them.
 */
const cells = { ageNs: 0, uncountedNs: 1, runNs: 2, waiting: 3, kinds: 4, kindWidth: 3 } as const;
const width = cells.kinds + kinds.length * cells.kindWidth;
const runsCell = cells.kinds + cpu * cells.kindWidth + 1;

/** A thread that slept when it was found may have begun to wait before its first record was read. */
const adoptionNs = 1e9;

/**
 * Waits are measured by sched_clock, ages by CLOCK_MONOTONIC. A daemon that corrects the time may slow the latter by a
 * twelfth, and where sched_clock is not stable it is right to a tick only.
 */
function toleranceOf(elapsedNs: number): number {
  return elapsedNs * 0.1 + 10e6;
}

/** What is left out of a row's totals, and which maximum is not shown, but another value. */
interface LeftOut extends Refusals {
  readonly falseMax: Float64Array;
  readonly believedMax: Float64Array;
}

function createLeftOut(): LeftOut {
  const unknown = (): Float64Array => new Float64Array(kinds.length).fill(NaN);
  return { ...createRefusals(), falseMax: unknown(), believedMax: unknown() };
}

/** What bounds the growth of one record. */
interface Window {
  readonly ageNs: number;
  /** Time since the last record, and before it, that is not accounted for yet. */
  readonly freeNs: number;
  readonly toleranceNs: number;
  /** A wait of this growth may have begun before the baseline, at any time since the thread's start. */
  readonly waiting: boolean;
}

/** What bounds the growth of one kind in it. */
interface Bound {
  readonly boundNs: number;
  readonly toleranceNs: number;
  readonly waiting: boolean;
}

/** The row of `checkWhole`; it comes before those of the meter. */
const wholeRow = -1;
const firstRows = 256;

export function createPlausibility(): Plausibility {
  let state = new Float64Array(firstRows * width);
  /** Of the few rows of which anything was refused. */
  const leftOut = new Map<number, LeftOut>();
  const believed = new Float64Array(fields.length);
  const latest = createRefusals();
  let hasLatest = false;

  const cellOf = (row: number): number => (row + 1) * width;

  function forget(row: number): void {
    if (leftOut.size > 0) leftOut.delete(row);
  }

  function open(row: number): void {
    const at = cellOf(row);
    if (at + width > state.length) {
      const wider = new Float64Array(Math.max(state.length * 2, at + width));
      wider.set(state);
      state = wider;
    }
    state.fill(0, at, at + width);
    forget(row);
  }

  /** The believed figures where the kernel's differ from them. */
  function correct(totals: Totals, out: LeftOut): Totals {
    believed.set(totals);
    for (let kind = 0; kind < kinds.length; kind++) {
      const { total, count, max } = kinds[kind] as (typeof kinds)[number];
      believed[total] = (totals[total] as number) - (out.ns[kind] as number);
      believed[count] = (totals[count] as number) - (out.waits[kind] as number);
      if ((totals[max] as number) === out.falseMax[kind]) believed[max] = out.believedMax[kind] as number;
    }
    return believed;
  }

  /** @returns how much of the growth is refused, in nanoseconds */
  function refuse(row: number, totals: Totals, kind: number, { boundNs, toleranceNs, waiting }: Bound): number {
    const { total, count, max } = kinds[kind] as (typeof kinds)[number];
    const last = cellOf(row) + cells.kinds + kind * cells.kindWidth;
    const longest = totals[max] as number;
    const growth = {
      waits: (totals[count] as number) - (state[last + 1] as number),
      ns: (totals[total] as number) - (state[last] as number),
      longestNs: longest > (state[last + 2] as number) ? longest : 0,
    };
    const judgement = judgeGrowth(growth, boundNs, toleranceNs);
    const out = leftOut.get(row) ?? createLeftOut();
    leftOut.set(row, out);
    out.waits[kind] = (out.waits[kind] as number) + judgement.waits;
    out.ns[kind] = (out.ns[kind] as number) + judgement.ns;
    if (growth.longestNs > 0 && judgement.longestNs !== longest) {
      out.falseMax[kind] = longest;
      out.believedMax[kind] = judgement.longestNs;
    }
    // The part of a wait that was before the baseline is no claim of the kernel's: nobody is billed for it, that is all.
    if (waiting && judgement.waits === 0) return judgement.ns;
    latest.waits[kind] = judgement.waits;
    latest.ns[kind] = judgement.ns;
    hasLatest = true;
    return judgement.ns;
  }

  function forgetLatest(): void {
    latest.waits.fill(0);
    latest.ns.fill(0);
    hasLatest = false;
  }

  /** @returns the time that is not accounted for, in nanoseconds */
  function checkKinds(row: number, totals: Totals, { ageNs, freeNs, toleranceNs, waiting }: Window): number {
    let left = freeNs;
    let last = cellOf(row) + cells.kinds;
    for (let kind = 0; kind < totalSlots.length; kind++) {
      const total = totals[totalSlots[kind] as number] as number;
      let ns = total - (state[last] as number);
      if (ns > 0) {
        const exclusive = kind === cpu || kind === blkio;
        // The other waits are busy ones, or hold such: one may have begun at any time since the thread's start.
        const boundNs = exclusive ? left : ageNs - (state[last] as number) + (leftOut.get(row)?.ns[kind] ?? 0);
        // One that lasted since before the baseline may be as long as the thread's life.
        const beforeNs = waiting ? Math.max(ageNs - boundNs, 0) : 0;
        if (ns > boundNs) ns -= refuse(row, totals, kind, { boundNs, toleranceNs: toleranceNs + beforeNs, waiting });
        // It takes nothing from the time since then.
        if (exclusive && !waiting) left -= ns;
      }
      state[last] = total;
      state[last + 1] = totals[countSlots[kind] as number] as number;
      state[last + 2] = totals[maxSlots[kind] as number] as number;
      last += cells.kindWidth;
    }
    return Math.max(left, 0);
  }

  /** The usual case, at a tenth of the cost. Its answer is that of `check` on a new row. */
  function isPlausibleWhole(totals: Totals): boolean {
    const ageNs = (totals[slots.etime] as number) * 1000;
    const freeNs = ageNs - (totals[slots.runTime] as number);
    const waitedNs = (totals[totalSlots[cpu] as number] as number) + (totals[totalSlots[blkio] as number] as number);
    // Waits of no time fit into a life that was all run time, even where it seems to exceed its age.
    if (waitedNs > 0 && !(waitedNs <= freeNs)) return false;
    for (const slot of totalSlots) if ((totals[slot] as number) > ageNs) return false;
    return true;
  }

  /**
   * What the kernel tells of one thread never falls, be it true or not, and each wait is counted with its time; only one for
   * a CPU is counted later (kernel/sched/stats.h, sched_info_dequeue).
   */
  function isAnothers(row: number, totals: Totals): boolean {
    let last = cellOf(row) + cells.kinds;
    for (let kind = 0; kind < totalSlots.length; kind++) {
      const ns = (totals[totalSlots[kind] as number] as number) - (state[last] as number);
      const waits = (totals[countSlots[kind] as number] as number) - (state[last + 1] as number);
      if (ns < 0 || waits < 0 || (ns > 0 && waits === 0 && kind !== cpu)) return true;
      last += cells.kindWidth;
    }
    return false;
  }

  function check(row: number, totals: Totals): Totals {
    if (hasLatest) forgetLatest();
    // A guess gave the row to another thread, of which nothing was refused yet.
    if (isAnothers(row, totals)) open(row);
    const at = cellOf(row);
    const ageNs = (totals[slots.etime] as number) * 1000;
    const elapsedNs = Math.max(ageNs - (state[at + cells.ageNs] as number), 0);
    const ranNs = (totals[slots.runTime] as number) - (state[at + cells.runNs] as number);
    const runs = (totals[slots.runs] as number) - (state[at + runsCell] as number);
    const waiting = state[at + cells.waiting] === 1;
    const toleranceNs = toleranceOf(waiting ? ageNs : elapsedNs);
    const freeNs = elapsedNs + (state[at + cells.uncountedNs] as number) - ranNs;
    const uncountedNs = checkKinds(row, totals, { ageNs, freeNs, toleranceNs, waiting });
    // It came to a CPU meanwhile, so that whatever it does now began after the last record.
    state[at + cells.uncountedNs] = runs > 0 ? Math.min(uncountedNs, elapsedNs) : uncountedNs;
    state[at + cells.ageNs] = ageNs;
    state[at + cells.runNs] = totals[slots.runTime] as number;
    if (runs > 0) state[at + cells.waiting] = 0;
    const out = leftOut.size > 0 ? leftOut.get(row) : undefined;
    return out === undefined ? totals : correct(totals, out);
  }

  return {
    get refused() {
      return hasLatest ? latest : undefined;
    },
    open,
    baseline(row, totals, asleep) {
      open(row);
      const figures = check(row, totals);
      state[cellOf(row) + cells.waiting] = asleep ? 0 : 1;
      state[cellOf(row) + cells.uncountedNs] = asleep ? adoptionNs : 0;
      return figures;
    },
    check,
    checkWhole(totals) {
      if (isPlausibleWhole(totals)) {
        if (hasLatest) forgetLatest();
        return totals;
      }
      open(wholeRow);
      return check(wholeRow, totals);
    },
    close: forget,
  };
}
