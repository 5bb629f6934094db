/** Exit events: each is attributed to its process and billed to the process's group. It waits for nothing. */

import { recordEnd } from "../account/account.ts";
import { slotOf } from "../fields/fields.ts";
import type { Clock } from "../base/clock.ts";
import type { Reception } from "../taskstats/decode.ts";
import { processAgeUs, type Biller } from "./biller.ts";
import type { Counters } from "./counters.ts";
import { createEndReader, isMarkedLast, parentOf, statusOf, type EndRecord } from "./end-record.ts";
import { createProvisionalGroup } from "./groups.ts";
import { createLingering } from "./lingering.ts";
import { createProcess, type Process } from "./process.ts";
import type { Tracker } from "./tracker.ts";
import { createUnnamed } from "./unnamed.ts";

const hiwaterVm = slotOf("hiwater_vm");
const runTime = slotOf("cpu_run_virtual_total");

/** Parent of all kernel threads. */
const kthreadd = 2;

export interface Exits {
  /** Attributes and bills one event. */
  handle(reception: Reception): void;
  /** Decides on the ends that were put off because their record names no process: all that is queued has been handled. */
  settle(): void;
}

export interface ExitsOptions {
  readonly tracker: Tracker;
  readonly biller: Biller;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly kernelThreads: boolean;
}

export function createExits({ tracker, biller, counters, clock, kernelThreads }: ExitsOptions): Exits {
  /** Kernel threads have no memory; helper programs that the kernel starts have kthreadd as parent too, but memory. */
  function isKernelThread(tgid: number, end: EndRecord): boolean {
    return tracker.isIgnored(tgid) || (parentOf(end) === kthreadd && end.values[hiwaterVm] === 0);
  }

  /** The leader's record shows the command that the process has now; it may have exec'd since the last poll. */
  function updateIdentity(process: Process, end: EndRecord): void {
    if (end.tid !== process.tgid) return;
    const comm = end.readComm();
    if (comm !== process.comm) tracker.identify(process, comm);
  }

  function endProcess(process: Process, end: EndRecord, by: "tracked" | "event"): void {
    const identified = process.comm !== undefined;
    if (!identified) tracker.identify(process, "");
    const totals = end.sums ?? end.values;
    if (!biller.settleProcess(process, totals, processAgeUs(end.values))) counters.eventsWithoutBaseline++;
    const status = statusOf(end) || process.leaderStatus;
    recordEnd(process.group.account, status, { process: totals, last: end.values });
    counters.exitAttribution[identified ? by : "unidentified"]++;
  }

  /** A second record under the leader's id: another thread has exec'd, and its own id never sends one. */
  function takeOverLeader(process: Process, tid: number): void {
    if (!process.leaderEnded || tid !== process.tgid || process.threads.has(tid)) return;
    biller.takeOverLeader(process, [...process.threads]);
  }

  function endThread(process: Process, end: EndRecord): void {
    takeOverLeader(process, end.tid);
    process.group.account.threadExits++;
    process.endedRunTimeNs += end.values[runTime] as number;
    if (!biller.settleThread(process, end.tid, end.values)) counters.eventsWithoutBaseline++;
    if (end.tid === process.tgid) {
      process.leaderEnded = true;
      process.leaderStatus = statusOf(end);
    }
    if (process.threadCount > 1) process.threadCount--;
  }

  /** Reused for each process that begins and ends unseen with one thread: no row is ever opened for it. */
  const transient = createProcess(0, createProvisionalGroup());

  function endUnseen(end: EndRecord): void {
    transient.comm = "";
    transient.leaderEnded = false;
    transient.leaderStatus = 0;
    tracker.identify(transient, end.readComm());
    endThread(transient, end);
    endProcess(transient, end, "event");
  }

  function endTracked(process: Process, end: EndRecord, last: boolean): void {
    updateIdentity(process, end);
    endThread(process, end);
    if (!last) return;
    endProcess(process, end, process.startTicks === undefined ? "event" : "tracked");
    tracker.remove(process);
    // Without sums it never had another thread.
    if (end.sums === undefined) biller.close(process);
    else lingering.add(process);
  }

  function attribute(tgid: number, end: EndRecord, last: boolean): void {
    const process = tracker.processes.get(tgid);
    const former = process === undefined && !last ? lingering.find(tgid) : undefined;
    if (process !== undefined) endTracked(process, end, last);
    else if (former !== undefined) endThread(former, end);
    else if (!kernelThreads && isKernelThread(tgid, end)) tracker.forgetIgnored(tgid);
    else if (last && end.tid === tgid) endUnseen(end);
    else endTracked(tracker.trackUnseen(tgid), end, last);
  }

  const readEnd = createEndReader();
  const lingering = createLingering({ clock, onExpired: biller.close });
  const unnamed = createUnnamed({ tracker, attribute });

  return {
    handle(reception) {
      if (!reception.thread.present) return;
      counters.exitEvents++;
      const end = readEnd(reception);
      if (reception.tgid !== undefined) attribute(reception.tgid, end, isMarkedLast(end));
      else unnamed.handle(end, reception.process.present ? reception.process.id : undefined);
    },
    settle() {
      unnamed.settle();
      lingering.expire();
    },
  };
}
