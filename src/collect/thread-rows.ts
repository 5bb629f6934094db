/**
 * The rows of threads: opens and closes them, and finds the row that the figures of a leader's id continue. An exec by another thread
 * than the leader gives that thread the leader's id (`de_thread`), and its old id sends no record: its row must go along.
 */

import type { Totals } from "../account/account.ts";
import type { Meter, Row } from "../account/meter.ts";
import type { Plausibility } from "../account/plausibility.ts";
import type { Process } from "./groups/process.ts";

export interface ThreadRows {
  /** A new row, with nothing billed. */
  open(): Row;
  /** Closes a row. */
  close(row: Row): void;
  /** Closes the row of a thread that is gone; nothing happens where it has none. */
  drop(process: Process, tid: number): void;
  /** As `Biller.takeOverLeader`. */
  takeOverLeader(process: Process, totals: Totals, heirs: readonly number[]): void;
  /** As `Biller.inheritRow`. */
  inheritRow(process: Process, totals: Totals, orphans: readonly number[]): void;
}

export interface ThreadRowsOptions {
  readonly threads: Meter;
  readonly plausibility: Plausibility;
  /** Whether a thread may have exited without a record. */
  readonly isLossy: () => boolean;
}

export function createThreadRows({ threads, plausibility, isLossy }: ThreadRowsOptions): ThreadRows {
  function open(): Row {
    const row = threads.open();
    plausibility.open(row);
    return row;
  }

  function close(row: Row): void {
    threads.close(row);
    plausibility.close(row);
  }

  function drop(process: Process, tid: number): void {
    const row = process.threads.get(tid);
    if (row === undefined) return;
    close(row);
    process.threads.delete(tid);
  }

  /** Of the rows of these threads that the totals may continue, the row that has billed most. */
  function findHeir(process: Process, totals: Totals, tids: readonly number[]): readonly [number, Row] | undefined {
    const rows = [...process.threads].filter(([tid, row]) => tids.includes(tid) && !threads.isAbove(row, totals));
    return rows.sort(([, one], [, other]) => threads.billed(other) - threads.billed(one))[0];
  }

  /** After a loss the row may be another thread's: the plausible waits are then bounded by the whole age of the thread. */
  function giveToLeader(process: Process, row: Row): void {
    process.threads.set(process.tgid, row);
    if (isLossy()) plausibility.open(row);
  }

  return {
    open,
    close,
    drop,
    takeOverLeader(process, totals, heirs) {
      const heir = findHeir(process, totals, heirs);
      if (heir !== undefined) process.threads.delete(heir[0]);
      giveToLeader(process, heir?.[1] ?? open());
    },
    inheritRow(process, totals, orphans) {
      const own = process.threads.get(process.tgid);
      // The figures of a thread never fall, so these are of another thread.
      const falls = own !== undefined && threads.isAbove(own, totals);
      const heir = findHeir(process, totals, orphans);
      if (falls) drop(process, process.tgid);
      if (heir === undefined || (!falls && own !== undefined && threads.billed(own) >= threads.billed(heir[1]))) return;
      drop(process, process.tgid);
      process.threads.delete(heir[0]);
      giveToLeader(process, heir[1]);
    },
  };
}
