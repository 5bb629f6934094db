/**
 * Asks the kernel for the figures of all tracked processes. A process that has not run since the last poll costs one query. A process
 * that has run costs two, and one more for each thread where it has several.
 */

import { delayKinds, slotOf } from "../../fields/fields.ts";
import type { Clock } from "../../base/clock.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Reception } from "../../taskstats/decode.ts";
import { createRecord, type RecordValues } from "../../taskstats/record.ts";
import type { Ask } from "./ask.ts";
import { processAgeUs, type Biller } from "../biller.ts";
import type { Counters } from "../counters.ts";
import { pollAgain, type Process } from "../groups/process.ts";
import { createThreadPoller } from "./thread-poller.ts";
import { createThreadRecordReader } from "./thread-record.ts";
import type { Tracker } from "../groups/tracker.ts";

const slots = {
  count: slotOf("cpu_count"),
  runTime: slotOf("cpu_run_virtual_total"),
  minflt: slotOf("ac_minflt"),
  wpcopy: slotOf("wpcopy_count"),
};

/** Counts of the delays that are accounted only for tasks that were forked while kernel.task_delayacct was on. */
const accountedKinds = delayKinds.filter((kind) => kind !== "cpu").map((kind) => slotOf(`${kind}_count`));

/** Processes per slice: about a millisecond. */
const sliceSize = 256;

/** If the start of a process seems to have moved by more than this, its id may have been reused, and /proc is read. */
const startToleranceUs = 20_000;

/** No process has so many minor faults without one copied page where delays are accounted. */
const manyFaults = 1000;

/** Every program copies a page or two at its start: many faults without a copy show that delays are not accounted (v13+). */
function findDelays(values: RecordValues): Process["delays"] {
  if (accountedKinds.some((slot) => (values[slot] as number) > 0)) return "accounted";
  return values[slots.wpcopy] === 0 && (values[slots.minflt] as number) > manyFaults ? "missing" : "unknown";
}

/** True where other threads than the leader have rows: they have exited since the last poll, or one of them is the leader now. */
function hasOtherRows({ tgid, threads }: Process): boolean {
  return threads.size > (threads.has(tgid) ? 1 : 0);
}

function isSeveral(process: Process): boolean {
  return process.threadCount > 1 || process.leaderEnded || hasOtherRows(process);
}

export interface Poller {
  /** Polls all tracked processes and bills them. @throws ExporterError CAPABILITY_MISSING, QUERY_REFUSED, SOCKET_FAILED */
  poll(): Promise<void>;
  /** Bills a process to its present group, whatever its command is now: it is about to be moved to another group. */
  billUpToNow(process: Process): void;
  /** As `billUpToNow`, including the figures of each thread. @throws ExporterError as `poll` */
  billAllUpToNow(processes: readonly Process[]): Promise<void>;
  /** Returns those that have run since the last call for them. @throws ExporterError as `poll` */
  findRan(processes: readonly Process[]): Promise<Process[]>;
}

export interface PollerOptions {
  readonly ask: Ask;
  readonly tracker: Tracker;
  readonly biller: Biller;
  readonly proc: ProcReader;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly exitsUp: () => boolean;
  /** Bills all queued exit events. */
  readonly drainExits: () => void;
  /** Called for a process that has exited, or whose id now belongs to another process. */
  readonly onGone: (process: Process) => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

export function createPoller(options: PollerOptions): Poller {
  const { ask, tracker, biller, proc, clock, counters, exitsUp, onGone, yieldToEventLoop } = options;
  const threads = createThreadPoller(options);
  const readRecord = createThreadRecordReader();
  /** Sums of the processes that ran, kept from the first query to the second. */
  const sums: readonly RecordValues[] = Array.from({ length: sliceSize }, createRecord);

  /** Returns the processes of a slice that have run since they were last polled. Their sums are in `sums`, in the same order. */
  function askSums(slice: readonly Process[]): Process[] {
    const ran: Process[] = [];
    const zombies: Process[] = [];
    const ids = slice.map(({ tgid }) => tgid);
    ask("tgid", ids, (index, { process: { values } }) => {
      const process = slice[index] as Process;
      const runCount = values[slots.count] as number;
      const runTimeNs = values[slots.runTime] as number;
      if (runCount === process.runCount && runTimeNs === process.runTimeNs) return;
      // The sums of a zombie are all zero, as are those of a process that has not run yet.
      if (runCount === 0 && runTimeNs === 0) {
        if (process.runTimeNs > 0) zombies.push(process);
        return;
      }
      (sums[ran.length] as RecordValues).set(values);
      ran.push(process);
    });
    // Where exit events arrive, the event of a zombie is in the queue. Where they do not, only this shows that it has exited.
    if (!exitsUp()) zombies.forEach(onGone);
    return ran;
  }

  /** True where the id belongs to another process than the tracked one. */
  function isReused(process: Process, ageUs: number, nowUs: number): boolean {
    const startUs = nowUs - ageUs;
    process.startUs ??= startUs;
    if (startUs - process.startUs < startToleranceUs) return false;
    const stat = proc.readStat(process.tgid);
    return stat !== undefined && stat.startTicks !== process.startTicks;
  }

  /** Another command shows an exec. Its time is not known, so all figures since the last poll are billed to the new program's group. */
  function updateFacts(process: Process, reception: Reception): void {
    if (reception.readComm() !== process.facts?.comm) tracker.regroupByProc(process);
  }

  /** The number of threads: one where the sums equal the leader's figures, which costs nothing; else /proc is read. */
  function countThreads(process: Process, group: RecordValues, leader: RecordValues): number {
    const same = group[slots.count] === leader[slots.count] && group[slots.runTime] === leader[slots.runTime];
    if (same) return 1;
    const count = proc.countThreads(process.tgid);
    if (count === undefined) pollAgain(process);
    return count ?? process.threadCount;
  }

  function billRan(process: Process, group: RecordValues, reception: Reception): void {
    process.delays = findDelays(reception.thread.values);
    biller.billProcess(process, group, processAgeUs(reception.thread.values));
    process.runCount = group[slots.count] as number;
    process.runTimeNs = group[slots.runTime] as number;
    process.threadCount = countThreads(process, group, reception.thread.values);
    if (!isSeveral(process)) {
      biller.billThread(process, readRecord(reception), process.asleep);
    }
  }

  /** Bills the processes that ran. @returns those that have several threads, whose figures are still to be polled */
  function askLeaders(ran: readonly Process[], regroup: (process: Process, reception: Reception) => void): Process[] {
    const reused: Process[] = [];
    const ids = ran.map(({ tgid }) => tgid);
    const nowUs = clock.monotonicUs();
    ask("pid", ids, (index, reception) => {
      const process = ran[index] as Process;
      if (isReused(process, processAgeUs(reception.thread.values), nowUs)) {
        reused.push(process);
        return;
      }
      regroup(process, reception);
      billRan(process, sums[index] as RecordValues, reception);
    });
    reused.forEach(onGone);
    return ran.filter((process) => !process.ended && isSeveral(process));
  }

  function findRanOf(slice: readonly Process[]): Process[] {
    const ran: Process[] = [];
    const ids = slice.map(({ tgid }) => tgid);
    ask("tgid", ids, (index, { process: { values } }) => {
      const process = slice[index] as Process;
      const [runCount, runTimeNs] = [values[slots.count] as number, values[slots.runTime] as number];
      if (runCount === process.checkedRunCount && runTimeNs === process.checkedRunTimeNs) return;
      [process.checkedRunCount, process.checkedRunTimeNs] = [runCount, runTimeNs];
      ran.push(process);
    });
    return ran;
  }

  return {
    async findRan(processes) {
      const ran: Process[] = [];
      for (let from = 0; from < processes.length; from += sliceSize) {
        ran.push(...findRanOf(processes.slice(from, from + sliceSize).filter(({ ended }) => !ended)));
        await yieldToEventLoop();
      }
      return ran;
    },
    async billAllUpToNow(processes) {
      for (let from = 0; from < processes.length; from += sliceSize) {
        const slice = processes.slice(from, from + sliceSize).filter(({ ended }) => !ended);
        await threads.poll(askLeaders(askSums(slice), () => undefined));
      }
    },
    async poll() {
      const all = [...tracker.processes.values()].filter(({ startTicks }) => startTicks !== undefined);
      counters.polledProcesses = all.length;
      for (let from = 0; from < all.length; from += sliceSize) {
        const slice = all.slice(from, from + sliceSize).filter(({ ended }) => !ended);
        await threads.poll(askLeaders(askSums(slice), updateFacts));
        await yieldToEventLoop();
      }
    },
    billUpToNow: (process) => void askLeaders(askSums([process]), () => undefined),
  };
}
