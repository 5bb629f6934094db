/** Exit events: each is attributed to its process and billed to the process's group. It waits for nothing. */

import { recordEnd } from "../account/account.ts";
import { AGROUP, slotOf } from "../fields/fields.ts";
import type { Reception } from "../taskstats/decode.ts";
import { processAgeUs, type Biller } from "./biller.ts";
import type { Counters } from "./counters.ts";
import { createProvisionalGroup } from "./groups.ts";
import { createProcess, type Process } from "./process.ts";
import type { Tracker } from "./tracker.ts";

const slots = {
  ppid: slotOf("ac_ppid"),
  flag: slotOf("ac_flag"),
  exitcode: slotOf("ac_exitcode"),
  hiwaterVm: slotOf("hiwater_vm"),
};

/** Parent of all kernel threads. */
const kthreadd = 2;

export interface Exits {
  /** Attributes and bills one event. */
  handle(reception: Reception): void;
}

export interface ExitsOptions {
  readonly tracker: Tracker;
  readonly biller: Biller;
  readonly counters: Counters;
  readonly kernelThreads: boolean;
}

export function createExits({ tracker, biller, counters, kernelThreads }: ExitsOptions): Exits {
  /** Kernel threads have no memory; helper programs that the kernel starts have kthreadd as parent too, but memory. */
  function isKernelThread(tgid: number, values: Float64Array): boolean {
    return tracker.isIgnored(tgid) || (values[slots.ppid] === kthreadd && values[slots.hiwaterVm] === 0);
  }

  function isLast({ thread, process, tgid }: Reception): boolean {
    if (tgid !== undefined) return ((thread.values[slots.flag] as number) & AGROUP) !== 0;
    return process.present || (tracker.processes.get(thread.id)?.threadCount ?? 1) === 1;
  }

  /** The leader's record shows the command that the process has now; it may have exec'd since the last poll. */
  function updateIdentity(process: Process, reception: Reception): void {
    if (reception.thread.id !== process.tgid) return;
    const comm = reception.readComm();
    if (comm !== process.comm) tracker.identify(process, comm);
  }

  function endProcess(process: Process, reception: Reception, by: "tracked" | "event"): void {
    const identified = process.comm !== undefined;
    if (!identified) tracker.identify(process, "");
    const { thread } = reception;
    const totals = reception.process.present ? reception.process.values : thread.values;
    if (!biller.settleProcess(process, totals, processAgeUs(thread.values))) counters.eventsWithoutBaseline++;
    recordEnd(process.group.account, thread.values[slots.exitcode] as number, { process: totals, last: thread.values });
    counters.exitAttribution[identified ? by : "unidentified"]++;
  }

  /**
   * A second record under the leader's id: another thread has exec'd and taken the id over, and its own never sends one.
   * Its row is the only one left; without one it is younger than the last poll, though its age is now the old leader's.
   */
  function takeOverRow(process: Process, tid: number): void {
    if (!process.leaderEnded || tid !== process.tgid || process.threads.has(tid)) return;
    const [[old, row] = [], ...others] = process.threads;
    if (old === undefined || row === undefined) {
      biller.startThread(process, tid);
    } else if (others.length === 0) {
      process.threads.delete(old);
      process.threads.set(tid, row);
    }
  }

  function handleThread(process: Process, reception: Reception): void {
    const { thread } = reception;
    takeOverRow(process, thread.id);
    process.group.account.threadExits++;
    if (!biller.settleThread(process, thread.id, thread.values)) counters.eventsWithoutBaseline++;
    if (thread.id === process.tgid) process.leaderEnded = true;
    if (process.threadCount > 1) process.threadCount--;
  }

  /** Reused for each process that begins and ends unseen with one thread: no row is ever opened for it. */
  const transient = createProcess(0, createProvisionalGroup());

  function handleUnseen(tgid: number, reception: Reception): void {
    if (isLast(reception) && reception.thread.id === tgid) {
      transient.comm = "";
      transient.leaderEnded = false;
      tracker.identify(transient, reception.readComm());
      handleThread(transient, reception);
      endProcess(transient, reception, "event");
    } else {
      handleTracked(tracker.trackUnseen(tgid), reception);
    }
  }

  function handleTracked(process: Process, reception: Reception): void {
    updateIdentity(process, reception);
    handleThread(process, reception);
    if (!isLast(reception)) return;
    endProcess(process, reception, process.startTicks === undefined ? "event" : "tracked");
    biller.close(process);
    tracker.remove(process);
  }

  return {
    handle(reception) {
      if (!reception.thread.present) return;
      counters.exitEvents++;
      // Before struct version 12 a record does not name its process: a thread is then taken for its own.
      const tgid = reception.tgid ?? reception.thread.id;
      const process = tracker.processes.get(tgid);
      if (process !== undefined) handleTracked(process, reception);
      else if (kernelThreads || !isKernelThread(tgid, reception.thread.values)) handleUnseen(tgid, reception);
      else tracker.forgetIgnored(tgid);
    },
  };
}
