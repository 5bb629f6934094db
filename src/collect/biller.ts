/**
 * Bills records to groups: the one place that decides whether a task's first figures are a baseline or a bill.
 */

import { slotOf } from "../fields/fields.ts";
import type { Totals } from "../account/account.ts";
import { createMeter, type Row } from "../account/meter.ts";
import { addExitedRun, readExitedRun, uncertainNs } from "../account/run-time.ts";
import type { Plan } from "../account/plan.ts";
import { createPlausibility } from "../account/plausibility.ts";
import { createExitJudge, type ExitTotals } from "../account/process-waits.ts";
import { addRefusals, createRefusals, type Refusals } from "../account/refusals.ts";
import type { Clock } from "../base/clock.ts";
import type { Process } from "./groups/process.ts";

const slots = { etime: slotOf("ac_etime"), tgetime: slotOf("ac_tgetime") };

export interface Biller {
  /** Bills the sums of a process's thread group. @param ageUs the process's age */
  billProcess(process: Process, totals: Totals, ageUs: number): void;
  /**
   * Bills a thread's record; a thread older than the exporter that was never seen alive starts at a baseline.
   *
   * @param asleep the thread was seen sleeping before: nothing that it waited for long is still to be counted
   */
  billThread(process: Process, tid: number, totals: Totals, asleep: boolean): void;
  /** Bills the last record of a thread, with the CPU time that its sum lacks, and ends its row. */
  settleThread(process: Process, tid: number, totals: Totals): Settlement;
  /** What is believed of a process's waits at its end. Valid until the next call. @param totals its sums and its last record */
  judgeExit(process: Process, totals: ExitTotals, ageUs: number): ExitTotals;
  /**
   * Gives the leader's id the row of the thread that took it over by an exec: one of `heirs`, whose own id sends no record;
   * of several the one that billed most of those that totals may continue. Where there is none the thread is younger than the
   * last poll, though its age is now the old leader's, and is billed from zero.
   */
  takeOverLeader(process: Process, totals: Totals, heirs: readonly number[]): void;
  /**
   * Finds the row that the leader's figures continue, before they are billed.
   *
   * @param orphans threads that are gone, and whose records do not come any more
   */
  inheritRow(process: Process, totals: Totals, orphans: readonly number[]): void;
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
  /** How far apart the bounds of ended threads' CPU time are, summed up. */
  readonly uncertainRunNs: number;
}

export interface Settlement {
  /** False where the record could not be billed for want of a baseline. */
  readonly billed: boolean;
  /** What is believed of the record. Valid until the next record is billed. */
  readonly totals: Totals;
}

export interface BillerOptions {
  readonly plan: Plan;
  readonly clock: Clock;
  /** Counts what is refused of the kernel's figures. */
  readonly implausible: Refusals;
  /** Time between two timer ticks of this kernel. */
  readonly tickNs: number;
  /** Whether threads may have ended without a record. */
  readonly isLossy: () => boolean;
}

/** The age of a record's process in microseconds: of its leader, or before struct version 12 of the thread. */
export function processAgeUs(totals: Totals): number {
  const age = totals[slots.tgetime] as number;
  return age === age ? age : (totals[slots.etime] as number);
}

export function createBiller({ plan, clock, implausible, tickNs, isLossy }: BillerOptions): Biller {
  const processes = createMeter(plan.process);
  const threads = createMeter(plan.thread);
  const plausibility = createPlausibility();
  const judgeExit = createExitJudge();
  let originUs = Infinity;

  let latestUs = -Infinity;
  let uncertainRunNs = 0;

  /** Time only goes on: what is younger by an earlier reading of the clock is so now. A reading took 0.2 us, twice for each end. */
  function isOlder(ageUs: number): boolean {
    if (latestUs - ageUs >= originUs) return false;
    latestUs = clock.monotonicUs();
    return latestUs - ageUs < originUs;
  }

  function openRow(): Row {
    const row = threads.open();
    plausibility.open(row);
    return row;
  }

  function closeRow(row: Row): void {
    threads.close(row);
    plausibility.close(row);
  }

  /** The sums of a process go on holding what is refused of its threads. */
  function rememberRefusals(process: Process): void {
    const { refused } = plausibility;
    if (refused !== undefined) addRefusals(refused, (process.refused ??= createRefusals()));
  }

  /** What was refused of a record that is billed. */
  function countRefusals(process: Process): void {
    const { refused } = plausibility;
    if (refused === undefined) return;
    addRefusals(refused, implausible);
    rememberRefusals(process);
  }

  /** A new row for a thread: from its baseline where it is older than the exporter, else from zero. */
  function openThread(process: Process, totals: Totals, asleep: boolean): Row {
    const row = openRow();
    if (!isOlder(totals[slots.etime] as number)) return row;
    threads.baseline(row, plausibility.baseline(row, totals, asleep));
    rememberRefusals(process);
    return row;
  }

  /** As `openThread`, for a process, whose start is counted. */
  function openProcess(process: Process, totals: Totals, ageUs: number): Row {
    const row = processes.open();
    if (isOlder(ageUs)) processes.baseline(row, totals);
    else process.group.account.starts++;
    return row;
  }

  /** The one of these threads' rows that billed most of those that totals may continue. */
  function findHeir(process: Process, totals: Totals, orphans: readonly number[]): readonly [number, Row] | undefined {
    const rows = [...process.threads].filter(([tid, row]) => orphans.includes(tid) && !threads.isAbove(row, totals));
    return rows.sort(([, one], [, other]) => threads.billed(other) - threads.billed(one))[0];
  }

  /** Where records are lost it may be another's row: what is believed is then judged by all that the thread did. */
  function giveToLeader(process: Process, row: Row): void {
    process.threads.set(process.tgid, row);
    if (isLossy()) plausibility.open(row);
  }

  /**
   * Another thread may have exec'd and taken the leader's id over without an event that told of it. It has for certain
   * where the leader's figures fall, which a thread's own never do. Where they do not, but threads are gone without a record,
   * nobody can tell: the figures then continue the row that billed most, so that nothing is billed twice.
   */
  function inheritRow(process: Process, totals: Totals, orphans: readonly number[]): void {
    const own = process.threads.get(process.tgid);
    const falls = own !== undefined && threads.isAbove(own, totals);
    const heir = findHeir(process, totals, orphans);
    if (falls) dropThread(process, process.tgid);
    if (heir === undefined || (!falls && own !== undefined && threads.billed(own) >= threads.billed(heir[1]))) return;
    dropThread(process, process.tgid);
    process.threads.delete(heir[0]);
    giveToLeader(process, heir[1]);
  }

  function dropThread(process: Process, tid: number): void {
    const row = process.threads.get(tid);
    if (row === undefined) return;
    closeRow(row);
    process.threads.delete(tid);
  }

  function billMissingRunTime(process: Process, totals: Totals): void {
    const run = readExitedRun(totals, tickNs);
    process.missingRunNs += addExitedRun(process.group.account.missingRunTime, run, tickNs);
    uncertainRunNs += uncertainNs(run);
  }

  /** The record of a thread that had no row. */
  function settleUnseen(process: Process, totals: Totals): Settlement {
    const believed = plausibility.checkWhole(totals);
    const billed = !isOlder(totals[slots.etime] as number);
    if (billed) {
      threads.billWhole(believed, process.group.account);
      billMissingRunTime(process, believed);
      countRefusals(process);
    } else rememberRefusals(process);
    return { billed, totals: believed };
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
    inheritRow,
    billThread(process, tid, totals, asleep) {
      let row = process.threads.get(tid);
      if (row === undefined) {
        row = openThread(process, totals, asleep);
        process.threads.set(tid, row);
      }
      threads.bill(row, plausibility.check(row, totals), process.group.account);
      countRefusals(process);
    },
    settleThread(process, tid, totals) {
      const row = process.threads.get(tid);
      if (row === undefined) return settleUnseen(process, totals);
      const believed = plausibility.check(row, totals);
      threads.bill(row, believed, process.group.account);
      countRefusals(process);
      billMissingRunTime(process, believed);
      dropThread(process, tid);
      return { billed: true, totals: believed };
    },
    judgeExit: (process, totals, ageUs) => judgeExit(totals, process.refused, ageUs),
    takeOverLeader(process, totals, heirs) {
      const heir = findHeir(process, totals, heirs);
      if (heir !== undefined) process.threads.delete(heir[0]);
      giveToLeader(process, heir?.[1] ?? openRow());
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
      for (const row of process.threads.values()) closeRow(row);
      process.threads.clear();
      if (process.row !== undefined) processes.close(process.row);
      process.row = undefined;
    },
    get rows() {
      return { processes: processes.size, threads: threads.size };
    },
    get uncertainRunNs() {
      return uncertainRunNs;
    },
  };
}
