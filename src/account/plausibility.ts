/**
 * Refuses waits that cannot have happened. Since Linux 6.12 the kernel may measure a block I/O wait from an old timestamp, so
 * that a thread seems to have waited since the machine booted (kernel/delayacct.c; DELAY_DEQUEUE in kernel/sched).
 * The record of a thread bounds its waits: while the thread grows older (`ac_etime`), it either runs, waits for a CPU, or waits
 * for I/O. The age in the record is the only clock: it does not matter when the record was asked for.
 *
 * Records come in, and believed figures go out: only these are billed, counted and shown. Pure.
 */

import { delayKinds, slotOf } from "../fields/fields.ts";
import type { Totals } from "./account.ts";
import { createCorrections } from "./corrections.ts";
import { judgeGrowth } from "./growth.ts";
import { createRefusals, type Refusals } from "./refusals.ts";

export interface Plausibility {
  /** What the last call refused, without earlier refusals; undefined where it refused nothing. Valid until the next call. */
  readonly refused: Refusals | undefined;
  /** Opens a row for a new thread. The number is that of the row in the meter that bills the same records. */
  open(row: number): void;
  /**
   * Opens a row with a baseline: figures for which nobody is billed.
   *
   * @param asleep true where the thread was seen sleeping; where it was not, it may be in a wait that began long ago
   * @returns the believed figures: `totals` itself, or a copy that is valid until the next call
   */
  baseline(row: number, totals: Totals, asleep: boolean): Totals;
  /** Judges the growth of a thread since its last record. @returns as `baseline` */
  check(row: number, totals: Totals): Totals;
  /** Judges the record of a thread that has no row, by its whole life. @returns as `baseline` */
  checkWhole(totals: Totals): Totals;
  /** Closes a row. */
  close(row: number): void;
}

const slots = { etime: slotOf("ac_etime"), runTime: slotOf("cpu_run_virtual_total"), runs: slotOf("cpu_count") };

/** In the order of `delayKinds`: cpu comes first, since the bound of blkio depends on it. */
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
 * Cells of a row. `ageNs` and `runNs` are those of the last record. `uncountedNs` is time before the last record that a wait may
 * still be counted for, since the kernel counts a wait when it ends. `waiting` is 1 while a wait from before the baseline may
 * be under way. Then come total, count and maximum of each kind, as the kernel gave them.
 */
const cells = { ageNs: 0, uncountedNs: 1, runNs: 2, waiting: 3, kinds: 4, kindWidth: 3 } as const;
const width = cells.kinds + kinds.length * cells.kindWidth;
const runsCell = cells.kinds + cpu * cells.kindWidth + 1;

/** A thread that was seen sleeping may have begun to wait before its first record was read, by this much at most. */
const adoptionNs = 1e9;

/**
 * The kernel measures waits by sched_clock and ages by CLOCK_MONOTONIC. A daemon that corrects the time may slow the latter by a
 * twelfth. Where sched_clock is not stable, it is only exact to a tick.
 */
function toleranceOf(elapsedNs: number): number {
  return elapsedNs * 0.1 + 10e6;
}

/** What bounds the growth of one record. */
interface Window {
  readonly ageNs: number;
  /** Time that is not accounted for yet: since the last record, and before it. */
  readonly freeNs: number;
  readonly toleranceNs: number;
  /** True where a wait of this growth may have begun before the baseline, at any time since the thread's start. */
  readonly waiting: boolean;
}

/** What bounds the growth of one kind of delay within a window. */
interface Bound {
  readonly boundNs: number;
  readonly toleranceNs: number;
  readonly waiting: boolean;
}

/** The row that `checkWhole` uses. It lies before the meter's rows, which begin at 0. */
const wholeRow = -1;
const firstRows = 256;

export function createPlausibility(): Plausibility {
  let state = new Float64Array(firstRows * width);
  const corrections = createCorrections();
  const latest = createRefusals();

  const cellOf = (row: number): number => (row + 1) * width;

  function open(row: number): void {
    const at = cellOf(row);
    if (at + width > state.length) {
      const wider = new Float64Array(Math.max(state.length * 2, at + width));
      wider.set(state);
      state = wider;
    }
    state.fill(0, at, at + width);
    corrections.forget(row);
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
    corrections.add(row, kind, judgement, growth.longestNs);
    // The wait began before the baseline. It is true, but its part before the baseline is not billed: nothing is refused.
    if (waiting && judgement.waits === 0) return judgement.ns;
    latest.waits[kind] = judgement.waits;
    latest.ns[kind] = judgement.ns;
    plausibility.refused = latest;
    return judgement.ns;
  }

  function forgetLatest(): void {
    latest.waits.fill(0);
    latest.ns.fill(0);
    plausibility.refused = undefined;
  }

  /** @returns the time that is still not accounted for, in nanoseconds */
  function checkKinds(row: number, totals: Totals, { ageNs, freeNs, toleranceNs, waiting }: Window): number {
    let left = freeNs;
    let last = cellOf(row) + cells.kinds;
    for (let kind = 0; kind < totalSlots.length; kind++) {
      const total = totals[totalSlots[kind] as number] as number;
      let ns = total - (state[last] as number);
      if (ns > 0) {
        const exclusive = kind === cpu || kind === blkio;
        // In waits of other kinds the thread may also run: such a wait may have begun at any time since the thread's start.
        const boundNs = exclusive ? left : ageNs - (state[last] as number) + corrections.leftOutNs(row, kind);
        // A wait that began before the baseline may be as long as the life of the thread.
        const beforeNs = waiting ? Math.max(ageNs - boundNs, 0) : 0;
        if (ns > boundNs) ns -= refuse(row, totals, kind, { boundNs, toleranceNs: toleranceNs + beforeNs, waiting });
        // A wait from before the baseline takes nothing from the time after it.
        if (exclusive && !waiting) left -= ns;
      }
      state[last] = total;
      state[last + 1] = totals[countSlots[kind] as number] as number;
      state[last + 2] = totals[maxSlots[kind] as number] as number;
      last += cells.kindWidth;
    }
    return Math.max(left, 0);
  }

  /** The usual case, at a tenth of the cost of `check`. The answer is that of `check` on a new row. */
  function isPlausibleWhole(totals: Totals): boolean {
    const ageNs = (totals[slots.etime] as number) * 1000;
    const freeNs = ageNs - (totals[slots.runTime] as number);
    const waitedNs = (totals[totalSlots[cpu] as number] as number) + (totals[totalSlots[blkio] as number] as number);
    // Without any wait, a run time above the age is no reason to refuse: the two clocks differ.
    if (waitedNs > 0 && !(waitedNs <= freeNs)) return false;
    for (let kind = 0; kind < totalSlots.length; kind++) {
      if ((totals[totalSlots[kind] as number] as number) > ageNs) return false;
    }
    return true;
  }

  /**
   * True where the totals belong to another thread than the last ones. The totals of one thread never fall, be they true or not,
   * and time and count of a wait come together. Only a wait for a CPU is counted later (kernel/sched/stats.h,
   * sched_info_dequeue).
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
    if (plausibility.refused !== undefined) forgetLatest();
    // The row was given to another thread by a guess, since events were lost. Nothing of that thread was refused yet.
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
    // The thread came to a CPU meanwhile: whatever it waits for now began after the last record.
    state[at + cells.uncountedNs] = runs > 0 ? Math.min(uncountedNs, elapsedNs) : uncountedNs;
    state[at + cells.ageNs] = ageNs;
    state[at + cells.runNs] = totals[slots.runTime] as number;
    if (runs > 0) state[at + cells.waiting] = 0;
    return corrections.apply(row, totals);
  }

  // A member that is written, and no getter: an object literal with a getter is a hash table, where each call takes a search.
  const plausibility: Plausibility & { refused: Refusals | undefined } = {
    refused: undefined,
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
        if (plausibility.refused !== undefined) forgetLatest();
        return totals;
      }
      open(wholeRow);
      return check(wholeRow, totals);
    },
    close: corrections.forget,
  };
  return plausibility;
}
