/**
 * Bills the growth of the kernel's totals. For each thread or process, a row keeps the totals that were billed last.
 * Pure: no clock, no socket, no metric. This file ensures that nothing is billed twice or lost, that nothing before the baseline
 * is billed, and that a reply that is too high is corrected later; account.ts ensures that no counter is seen to fall.
 *
 * Totals come in, and growths never leave this file: therefore nobody can add a total to a total.
 */

import type { Account, Totals } from "./account.ts";

/** The number of a row. It is valid from `open` to `close`. */
export type Row = number & { readonly row: unique symbol };

export interface Meter {
  /** Opens a row that has billed nothing: its first totals are billed whole. */
  open(): Row;
  /** Begins the row with these totals and bills nothing: the task is older than the exporter. */
  baseline(row: Row, totals: Totals): void;
  /**
   * Bills the growth since the last totals. Where a total is lower than the last one, since the kernel counted an exiting thread
   * twice then, the difference is taken back from the account. Totals of zeros are ignored: the reply is that of a zombie.
   */
  bill(row: Row, totals: Totals, account: Account): void;
  /** True where the row has billed more than these totals for any slot of `sums`. */
  isAbove(row: Row, totals: Totals): boolean;
  /** The sum over the slots of `sums`, in mixed units. Of two rows of one process, the row with the higher value did more. */
  billed(row: Row): number;
  /** Bills totals of a task that never had a row. */
  billWhole(totals: Totals, account: Account): void;
  /** Closes a row. What it billed stays billed. */
  close(row: Row): void;
  /** Number of open rows. */
  size(): number;
}

export interface MeterSlots {
  /** Slots whose growths are billed. */
  readonly sums: readonly number[];
  /**
   * Slots whose growths are billed too, but whose totals have been corrected by plausibility.ts. Corrections differ from row to
   * row, so that `isAbove` and `billed` leave these slots out.
   */
  readonly judged: readonly number[];
  /** Slots of which the account keeps the largest value. A value counts where it exceeds that of the baseline. */
  readonly largest: readonly number[];
}

const firstCapacity = 256;

export function createMeter(slots: MeterSlots): Meter {
  const sums = Uint16Array.from([...slots.sums, ...slots.judged]);
  const compared = slots.sums.length;
  const largest = Uint16Array.from(slots.largest);
  const width = sums.length + largest.length;
  const free: Row[] = [];
  let last = new Float64Array(firstCapacity * width);
  let opened = 0;

  function grow(): void {
    const wider = new Float64Array(last.length * 2);
    wider.set(last);
    last = wider;
  }

  function isZero(totals: Totals): boolean {
    for (const slot of sums) if ((totals[slot] as number) > 0) return false;
    return true;
  }

  return {
    open() {
      const row = free.pop() ?? (opened++ as Row);
      if ((row + 1) * width > last.length) grow();
      last.fill(0, row * width, (row + 1) * width);
      return row;
    },
    baseline(row, totals) {
      let at = row * width;
      for (const slot of sums) last[at++] = totals[slot] || 0;
      for (const slot of largest) last[at++] = totals[slot] || 0;
    },
    bill(row, totals, account) {
      if (isZero(totals)) return;
      let at = row * width;
      for (const slot of sums) {
        const total = totals[slot] as number;
        // Only NaN differs from itself: a field that the kernel does not have bills nothing.
        if (total === total) {
          account.exact[slot] = (account.exact[slot] as number) + total - (last[at] as number);
          last[at] = total;
        }
        at++;
      }
      for (const slot of largest) {
        const value = totals[slot] as number;
        if (value > (last[at] as number)) {
          last[at] = value;
          if (value > (account.largest[slot] as number)) account.largest[slot] = value;
        }
        at++;
      }
    },
    isAbove(row, totals) {
      const at = row * width;
      for (let index = 0; index < compared; index++) {
        if ((last[at + index] as number) > (totals[sums[index] as number] as number)) return true;
      }
      return false;
    },
    billed(row) {
      return last.subarray(row * width, row * width + compared).reduce((sum, value) => sum + value, 0);
    },
    billWhole(totals, account) {
      const { exact, largest: most } = account;
      // Indexed loops, here and in `bill`: they take half of the time of an iterator.
      for (let index = 0; index < sums.length; index++) {
        const slot = sums[index] as number;
        const total = totals[slot] as number;
        if (total === total) exact[slot] = (exact[slot] as number) + total;
      }
      for (let index = 0; index < largest.length; index++) {
        const slot = largest[index] as number;
        const value = totals[slot] as number;
        if (value > (most[slot] as number)) most[slot] = value;
      }
    },
    close(row) {
      free.push(row);
    },
    size: () => opened - free.length,
  };
}
