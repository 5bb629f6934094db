/** Bills records to groups. This is the only place that decides whether a task's first figures are a baseline or are billed. */

import { slotOf } from "../fields/fields.ts";
import type { Totals } from "../account/account.ts";
import { createMeter, type Row } from "../account/meter.ts";
import { addExitedRun, createExitedRun, readExitedRun, uncertainNs } from "../account/run-time.ts";
import type { Plan } from "../account/plan.ts";
import { createPlausibility } from "../account/plausibility.ts";
import { createExitJudge, type ExitTotals } from "../account/process-waits.ts";
import { addRefusals, createRefusals, type Refusals } from "../account/refusals.ts";
import type { Clock } from "../base/clock.ts";
import type { Process } from "./groups/process.ts";
import { createThreadNaming, type ThreadNaming } from "./thread-naming.ts";
import { createThreadRows } from "./thread-rows.ts";

const slots = { etime: slotOf("ac_etime"), tgetime: slotOf("ac_tgetime") };

/** The record of one thread. */
export interface ThreadRecord {
  readonly tid: number;
  readonly values: Totals;
  /** The thread's name. */
  readComm(): string;
}

export interface Biller {
  /** Bills the sums of a process. @param ageUs the age of the process */
  billProcess(process: Process, totals: Totals, ageUs: number): void;
  /**
   * Bills the record of a live thread. The first record of a thread that is older than the exporter is its baseline.
   *
   * @param asleep true where the thread was asleep just before: no long wait is in progress that the kernel has not counted yet
   */
  billThread(process: Process, record: ThreadRecord, asleep: boolean): void;
  /**
   * Bills the exit record of a thread, with the CPU time that the kernel's sum lacks, and closes its row.
   *
   * @returns what is valid until the next record is billed
   */
  settleThread(process: Process, record: ThreadRecord): Settlement;
  /** The plausible figures of an exited process, valid until the next call. @param totals its last sums and its last record */
  judgeExit(process: Process, totals: ExitTotals, ageUs: number): ExitTotals;
  /**
   * A thread has certainly taken over the leader's id by an exec: gives the leader the row of that thread. Of several `heirs` it is
   * the one that has billed most, of those that the totals may continue. If there is none, the thread started after the last poll and
   * is billed from zero, though its age is now that of the old leader.
   *
   * @param heirs threads that have a row and that may be the one that took the id over
   */
  takeOverLeader(process: Process, totals: Totals, heirs: readonly number[]): void;
  /**
   * Another thread may have taken over the leader's id by an exec, unnoticed: finds the row that the leader's figures continue, before
   * they are billed. It is certain where the figures have fallen. Where they have not, but threads are gone without a record, it is not
   * known: the figures then continue the row that has billed most, so that nothing is billed twice.
   *
   * @param orphans threads that have a row and are gone, and whose records will not come
   */
  inheritRow(process: Process, totals: Totals, orphans: readonly number[]): void;
  /** Closes the row of a thread that is gone without a record. */
  dropThread(process: Process, tid: number): void;
  /**
   * Bills the last sums of a process, and counts its start if they are the first ones.
   *
   * @returns false where the sums could not be billed, since the process is older than the exporter and has no baseline
   */
  settleProcess(process: Process, totals: Totals, ageUs: number): boolean;
  /** Closes all rows of a process. */
  close(process: Process): void;
  /** True where a task of this age is older than the exporter: it started before `begin`. */
  isOlder(ageUs: number): boolean;
  /** Tasks that start from now on are billed from zero. */
  begin(): void;
  /** The figures by the names of threads; undefined where they are not divided. */
  readonly threadNaming: ThreadNaming | undefined;
  /** Rows in use, for processes and for threads. */
  readonly rows: { readonly processes: number; readonly threads: number };
  /** The CPU time of exited threads is known within bounds: the sum of the distances between them, in nanoseconds. */
  readonly uncertainRunNs: number;
}

export interface Settlement {
  /** False where the record could not be billed, since the thread is older than the exporter and has no baseline. */
  readonly billed: boolean;
  /** The plausible figures of the record. */
  readonly totals: Totals;
}

export interface BillerOptions {
  readonly plan: Plan;
  readonly clock: Clock;
  /** The refused waits are added to these counts. */
  readonly implausible: Refusals;
  /** Time between two timer ticks of this kernel. */
  readonly tickNs: number;
  /** Whether a thread may have exited without a record. */
  readonly isLossy: () => boolean;
  /** Names of threads in a group at the most; undefined where figures are not divided by them. */
  readonly maxThreadNames?: number | undefined;
}

/** The age of a record's process in microseconds. Before struct version 12 it is the age of the thread. */
export function processAgeUs(totals: Totals): number {
  const age = totals[slots.tgetime] as number;
  return age === age ? age : (totals[slots.etime] as number);
}

export function createBiller({ plan, clock, implausible, tickNs, isLossy, maxThreadNames }: BillerOptions): Biller {
  const processes = createMeter(plan.process);
  const threads = createMeter(plan.thread);
  const plausibility = createPlausibility();
  const rows = createThreadRows({ threads, plausibility, isLossy });
  const judgeExit = createExitJudge();
  const naming =
    maxThreadNames === undefined ? undefined : createThreadNaming({ plan, isLossy, limit: maxThreadNames });
  let originUs = Infinity;
  /** The last reading of the clock. */
  let latestUs = -Infinity;
  let uncertainRunNs = 0;

  /** A task that is younger by an earlier reading of the clock is so now. A reading costs 0.2 us, and is needed twice per exit. */
  function isOlder(ageUs: number): boolean {
    if (latestUs - ageUs >= originUs) return false;
    latestUs = clock.monotonicUs();
    return latestUs - ageUs < originUs;
  }

  /** The sums of a process keep what is refused of its threads' waits. */
  function rememberRefusals(process: Process): void {
    const { refused } = plausibility;
    if (refused !== undefined) addRefusals(refused, (process.refused ??= createRefusals()));
  }

  /** Counts the waits that were refused of the record that is billed now. */
  function countRefusals(process: Process): void {
    const { refused } = plausibility;
    if (refused === undefined) return;
    addRefusals(refused, implausible);
    rememberRefusals(process);
  }

  /** Used again for each exited thread: new ones for each were half of the garbage that an exit left. */
  const exitedRun = createExitedRun();
  const settlement: { -readonly [Key in keyof Settlement]: Settlement[Key] } = {
    billed: false,
    totals: new Float64Array(0),
  };

  function settled(billed: boolean, totals: Totals): Settlement {
    settlement.billed = billed;
    settlement.totals = totals;
    return settlement;
  }

  /** A new row for a thread: with a baseline where the thread is older than the exporter, else with zeros. */
  function openThread(process: Process, totals: Totals, asleep: boolean): Row {
    const row = rows.open();
    naming?.noteOpened(row);
    if (!isOlder(totals[slots.etime] as number)) return row;
    threads.baseline(row, plausibility.baseline(row, totals, asleep));
    rememberRefusals(process);
    return row;
  }

  /** As `openThread`, for a process. The start of a younger process is counted. */
  function openProcess(process: Process, totals: Totals, ageUs: number): Row {
    const row = processes.open();
    if (isOlder(ageUs)) {
      processes.baseline(row, totals);
      naming?.noteBaseline(process, totals);
    } else process.group.account.starts++;
    return row;
  }

  function billMissingRunTime(process: Process, totals: Totals): void {
    const run = readExitedRun(totals, tickNs, exitedRun);
    process.missingRunNs += addExitedRun(process.group.account.missingRunTime, run, tickNs);
    uncertainRunNs += uncertainNs(run);
  }

  /** Bills the exit record of a thread that has no row. */
  function settleUnseen(process: Process, { values: totals }: ThreadRecord): Settlement {
    const believed = plausibility.checkWhole(totals);
    const billed = !isOlder(totals[slots.etime] as number);
    if (billed) {
      threads.billWhole(believed, process.group.account);
      billMissingRunTime(process, believed);
      countRefusals(process);
    } else rememberRefusals(process);
    return settled(billed, believed);
  }

  function settleThread(process: Process, record: ThreadRecord): Settlement {
    const { tid, values } = record;
    const row = process.threads.get(tid);
    if (row === undefined) return settleUnseen(process, record);
    const believed = plausibility.check(row, values);
    threads.bill(row, believed, process.group.account);
    countRefusals(process);
    billMissingRunTime(process, believed);
    rows.drop(process, tid);
    return settled(true, believed);
  }

  return {
    threadNaming: naming,
    isOlder,
    begin() {
      originUs = clock.monotonicUs();
    },
    billProcess(process, totals, ageUs) {
      process.row ??= openProcess(process, totals, ageUs);
      if (naming === undefined) processes.bill(process.row, totals, process.group.account);
      else naming.noteSums(process, totals);
    },
    inheritRow: rows.inheritRow,
    billThread(process, record, asleep) {
      const { tid, values: totals } = record;
      let row = process.threads.get(tid);
      if (row === undefined) {
        row = openThread(process, totals, asleep);
        process.threads.set(tid, row);
      }
      naming?.begin(process.group.account);
      threads.bill(row, plausibility.check(row, totals), process.group.account);
      naming?.end(process, record.readComm(), row);
      countRefusals(process);
    },
    settleThread(process, record) {
      if (naming === undefined) return settleThread(process, record);
      const row = process.threads.get(record.tid);
      naming.begin(process.group.account);
      const settlement = settleThread(process, record);
      if (settlement.billed) naming.end(process, record.readComm(), row);
      naming.noteExit(process, record.values, settlement.billed);
      return settlement;
    },
    judgeExit: (process, totals, ageUs) => judgeExit(totals, process.refused, ageUs),
    takeOverLeader: rows.takeOverLeader,
    dropThread: rows.drop,
    settleProcess(process, totals, ageUs) {
      const { account } = process.group;
      if (process.row === undefined) {
        if (isOlder(ageUs)) return false;
        account.starts++;
      }
      // Process 0 stands for one that nobody tracks: it had one thread, whose record has been billed.
      if (naming !== undefined && process.tgid !== 0) naming.noteSums(process, totals);
      if (naming !== undefined) return true;
      if (process.row !== undefined) processes.bill(process.row, totals, account);
      else processes.billWhole(totals, account);
      return true;
    },
    close(process) {
      naming?.close(process);
      for (const row of process.threads.values()) rows.close(row);
      process.threads.clear();
      if (process.row !== undefined) processes.close(process.row);
      process.row = undefined;
    },
    get rows() {
      return { processes: processes.size(), threads: threads.size() };
    },
    get uncertainRunNs() {
      return uncertainRunNs;
    },
  };
}
