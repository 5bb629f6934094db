/**
 * Bills records to groups: the one place that decides whether a task's first figures are a baseline or a bill.
 */

import { slotOf } from "../fields/fields.ts";
import type { Totals } from "../account/account.ts";
import { createMeter, type Row } from "../account/meter.ts";
import type { Plan } from "../account/plan.ts";
import type { Clock } from "../base/clock.ts";
import type { Process } from "./process.ts";

const slots = { etime: slotOf("ac_etime"), tgetime: slotOf("ac_tgetime") };

export interface Biller {
  /** Bills the sums of a process's thread group. @param ageUs the process's age */
  billProcess(process: Process, totals: Totals, ageUs: number): void;
  /** Bills a thread's record; a thread older than the exporter that was never seen alive starts at a baseline. */
  billThread(process: Process, tid: number, totals: Totals): void;
  /** Bills the last record of a thread and ends its row. @returns false where it could not be billed for want of a baseline */
  settleThread(process: Process, tid: number, totals: Totals): boolean;
  /**
   * Gives the leader's id the row of the thread that took it over by an exec and whose own id is gone: the only one among
   * `orphans`, threads of which no event tells any more. Where there is none it is younger than the last poll, though its
   * age is now the old leader's, and is billed from zero. Of several nothing is guessed.
   */
  takeOverLeader(process: Process, orphans: readonly (readonly [number, Row])[]): void;
  /** Ends the row of a thread that is gone without a record. */
  dropThread(process: Process, tid: number): void;
  /**
   * Bills the last sums of a process, and counts its start where they are the first.
   *
   * @returns false where it could not be billed for want of a baseline
   */
  settleProcess(process: Process, totals: Totals, ageUs: number): boolean;
  /** Ends all rows of a process. */
  close(process: Process): void;
  /** True for a task of that age where it started before figures were counted. */
  isOlder(ageUs: number): boolean;
  /** From now on tasks that start are billed from zero. */
  begin(): void;
  /** Rows in use, for processes and for threads. */
  readonly rows: { readonly processes: number; readonly threads: number };
}

/** The age of a record's process in microseconds: of its leader, or before struct version 12 of the thread. */
export function processAgeUs(totals: Totals): number {
  const age = totals[slots.tgetime] as number;
  return age === age ? age : (totals[slots.etime] as number);
}

export function createBiller({ plan, clock }: { readonly plan: Plan; readonly clock: Clock }): Biller {
  const processes = createMeter(plan.process);
  const threads = createMeter(plan.thread);
  let originUs = Infinity;

  const isOlder = (ageUs: number): boolean => clock.monotonicUs() - ageUs < originUs;

  /** A new row for a thread: from its baseline where it is older than the exporter, else from zero. */
  function openThread(totals: Totals): Row {
    const row = threads.open();
    if (isOlder(totals[slots.etime] as number)) threads.baseline(row, totals);
    return row;
  }

  /** As `openThread`, for a process, whose start is counted. */
  function openProcess(process: Process, totals: Totals, ageUs: number): Row {
    const row = processes.open();
    if (isOlder(ageUs)) processes.baseline(row, totals);
    else process.group.account.starts++;
    return row;
  }

  /**
   * A thread's own figures never fall. Where the leader's do, another thread has exec'd and taken its id over, and no
   * event told of it: the figures continue the row of one of the others, which are all gone.
   */
  function inheritRow(process: Process, totals: Totals): void {
    const heirs = [...process.threads].filter(([tid, row]) => tid !== process.tgid && !threads.isAbove(row, totals));
    dropThread(process, process.tgid);
    const [heir] = heirs.sort(([, one], [, other]) => threads.billed(other) - threads.billed(one));
    if (heir === undefined) return;
    process.threads.delete(heir[0]);
    process.threads.set(process.tgid, heir[1]);
  }

  function dropThread(process: Process, tid: number): void {
    const row = process.threads.get(tid);
    if (row === undefined) return;
    threads.close(row);
    process.threads.delete(tid);
  }

  return {
    isOlder,
    begin() {
      originUs = clock.monotonicUs();
    },
    billProcess(process, totals, ageUs) {
      process.row ??= openProcess(process, totals, ageUs);
      processes.bill(process.row, totals, process.group.account);
    },
    billThread(process, tid, totals) {
      const known = process.threads.get(tid);
      if (tid === process.tgid && known !== undefined && threads.isAbove(known, totals)) inheritRow(process, totals);
      let row = process.threads.get(tid);
      if (row === undefined) {
        row = openThread(totals);
        process.threads.set(tid, row);
      }
      threads.bill(row, totals, process.group.account);
    },
    settleThread(process, tid, totals) {
      const row = process.threads.get(tid);
      if (row === undefined) {
        if (isOlder(totals[slots.etime] as number)) return false;
        threads.billWhole(totals, process.group.account);
        return true;
      }
      threads.bill(row, totals, process.group.account);
      dropThread(process, tid);
      return true;
    },
    takeOverLeader(process, [orphan, ...others]) {
      if (orphan === undefined) {
        process.threads.set(process.tgid, threads.open());
      } else if (others.length === 0) {
        process.threads.delete(orphan[0]);
        process.threads.set(process.tgid, orphan[1]);
      }
    },
    dropThread,
    settleProcess(process, totals, ageUs) {
      const { account } = process.group;
      if (process.row !== undefined) {
        processes.bill(process.row, totals, account);
        return true;
      }
      if (isOlder(ageUs)) return false;
      account.starts++;
      processes.billWhole(totals, account);
      return true;
    },
    close(process) {
      for (const row of process.threads.values()) threads.close(row);
      process.threads.clear();
      if (process.row !== undefined) processes.close(process.row);
      process.row = undefined;
    },
    get rows() {
      return { processes: processes.size, threads: threads.size };
    },
  };
}
