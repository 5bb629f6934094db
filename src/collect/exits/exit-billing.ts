/** Bills exit records of a known process: the figures of the thread, and with the last record the exit of the process. */

import { recordExit, type Totals } from "../../account/account.ts";
import { createRecentExits, noteExit, readLatestExit, type ProcessExit } from "../../account/recent-exits.ts";
import type { Clock } from "../../base/clock.ts";
import { missingNames, type AttributionSource } from "../attribution.ts";
import { processAgeUs, type Biller } from "../biller.ts";
import type { Counters } from "../counters.ts";
import type { Process } from "../groups/process.ts";
import { isForkOnly, parentOf, statusOf, type ExitRecord } from "./exit-record.ts";

export interface ExitBilling {
  /** The exits that are billed from now on happened just now: the time of day is read once for many of them. */
  begin(): void;
  /** Bills the exit of one thread. @returns the thread's plausible figures, valid until the next record is billed */
  billThread(process: Process, record: ExitRecord): Totals;
  /**
   * Bills the last thread of a process, and counts the exit of the process.
   *
   * @param comm the command of the process
   */
  billProcess(process: Process, record: ExitRecord, source: "tracked" | AttributionSource, comm: string): void;
  /** After a loss, another thread may have taken over the leader's id unseen. The row of that thread then becomes the leader's. */
  inheritRow(process: Process, record: ExitRecord): void;
}

export interface ExitBillingOptions {
  readonly biller: Biller;
  readonly counters: Counters;
  readonly clock: Pick<Clock, "unixSeconds">;
  /** Called with each exit of a process when it has been billed. */
  readonly onExit?: ((process: Process, exit: ProcessExit) => void) | undefined;
}

const noTotals: Totals = new Float64Array(0);

export function createExitBilling({ biller, counters, clock, onExit }: ExitBillingOptions): ExitBilling {
  // Taken out of the object once: the biller has getters, which makes it a hash table, where each call takes a search.
  const { settleThread, settleProcess } = biller;

  /** Seconds since 1970. */
  let atSeconds = clock.unixSeconds();

  /** A second record under the leader's id: another thread has exec'd and taken that id over. Its old id sends no record. */
  function takeOverLeader(process: Process, record: ExitRecord): void {
    const { tid } = record;
    if (!process.leaderEnded || tid !== process.tgid || process.threads.has(tid)) return;
    biller.takeOverLeader(process, record.values, [...process.threads.keys()]);
  }

  function billThread(process: Process, record: ExitRecord): Totals {
    takeOverLeader(process, record);
    process.group.account.threadExits++;
    const { billed, totals } = settleThread(process, record);
    if (!billed) counters.eventsWithoutBaseline++;
    if (record.tid === process.tgid) {
      process.leaderEnded = true;
      process.leaderStatus = statusOf(record);
    }
    if (process.threadCount > 1) process.threadCount--;
    return totals;
  }

  /** Used again for each exit, as `identity`: new ones for each were half of the garbage that an exit left. */
  const figures = { process: noTotals, last: noTotals, missingRunNs: 0 };
  const identity = { tgid: 0, ppid: 0, comm: "", atSeconds, status: 0, lifetimeUs: 0 };

  /** Puts the plausible figures of the whole process into `figures`. @param last the plausible figures of its last record */
  function judgeExit(process: Process, { sums, values }: ExitRecord, last: Totals): void {
    figures.process = figures.last = last;
    figures.missingRunNs = process.missingRunNs;
    if (sums !== undefined)
      Object.assign(figures, biller.judgeExit(process, { process: sums, last }, processAgeUs(values)));
  }

  return {
    begin() {
      atSeconds = clock.unixSeconds();
    },
    billThread,
    billProcess(process, record, source, comm) {
      const last = billThread(process, record);
      judgeExit(process, record, last);
      identity.lifetimeUs = processAgeUs(record.values);
      if (!settleProcess(process, figures.process, identity.lifetimeUs)) counters.eventsWithoutBaseline++;
      identity.status = statusOf(record) || process.leaderStatus;
      const { account } = process.group;
      recordExit(account, identity.status, figures);
      account.recentExits ??= createRecentExits();
      // A process that nobody saw is billed under id 0. It had one thread, so that the thread's id is its own.
      identity.tgid = process.tgid || record.tid;
      identity.ppid = parentOf(record);
      identity.comm = comm;
      identity.atSeconds = atSeconds;
      noteExit(account.recentExits, identity, figures);
      onExit?.(process, readLatestExit(account.recentExits));
      const missing = process.assignment?.missing;
      counters.exitAttribution[missing === undefined ? source : missingNames[missing]]++;
      if ((missing === "argv" || missing === "cgroups") && !isForkOnly(record)) counters.execsMissed++;
    },
    inheritRow(process, record) {
      if (counters.exitEventsLost === 0 || record.tid !== process.tgid || process.leaderEnded) return;
      const others = [...process.threads.keys()].filter((tid) => tid !== process.tgid);
      if (others.length > 0) biller.inheritRow(process, record.values, others);
    },
  };
}
