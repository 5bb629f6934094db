/**
 * Turns the kernel's totals into what a group is billed: rows of last-billed values, one per task or process.
 * Pure: it knows no clock, no socket and no metric. Here live conservation, the baseline, and exactness under replies
 * that lie; that no counter is seen to fall is account.ts's part.
 *
 * Totals come in, and increments never leave this file, so nobody can add a total to a total.
 */

import type { Account, Totals } from "./account.ts";

/** A row of last-billed values. Valid from `open` to `close`. */
export type Row = number & { readonly row: unique symbol };

export interface Meter {
  /** A new row that has billed nothing: what its first totals hold is billed whole. */
  open(): Row;
  /** Takes totals as the row's starting point without billing them: the task is older than the exporter. */
  baseline(row: Row, totals: Totals): void;
  /**
   * Bills what totals hold beyond the row's last ones. Where they hold less, because the last reply counted a dying
   * thread twice, the difference is taken back from the account. All zeros are a zombie's reply, and no figures.
   */
  bill(row: Row, totals: Totals, account: Account): void;
  /** True where the row has billed more of anything that is not judged than totals hold. */
  isAbove(row: Row, totals: Totals): boolean;
  /** The sum of all that a row has billed and that is not judged, in mixed units: of two rows of one process the higher did more. */
  billed(row: Row): number;
  /** Bills totals of a task that never had a row. */
  billWhole(totals: Totals, account: Account): void;
  /** Ends a row. What it billed stays billed. */
  close(row: Row): void;
  /** Rows in use. */
  readonly size: number;
}

export interface MeterSlots {
  /** Slots whose increments are summed. */
  readonly sums: readonly number[];
  /** Slots whose increments are summed too, of figures that are not the kernel's own: those of two rows say nothing of each other. */
  readonly judged: readonly number[];
  /** Slots of which the account keeps the largest value that came after the baseline. */
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
        // A comparison with itself is false for NaN alone: an absent field bills nothing.
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
      for (const slot of sums) {
        const total = totals[slot] as number;
        if (total === total) account.exact[slot] = (account.exact[slot] as number) + total;
      }
      for (const slot of largest) {
        const value = totals[slot] as number;
        if (value > (account.largest[slot] as number)) account.largest[slot] = value;
      }
    },
    close(row) {
      free.push(row);
    },
    get size() {
      return opened - free.length;
    },
  };
}
