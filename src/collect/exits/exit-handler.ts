/** Exit events: each is attributed to its process and billed to the process's group. It waits for nothing. */

import { recordExit, type Totals } from "../../account/account.ts";
import type { ExitTotals } from "../../account/process-waits.ts";
import { slotOf } from "../../fields/fields.ts";
import type { Clock } from "../../base/clock.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Reception } from "../../taskstats/decode.ts";
import { processAgeUs, type Biller } from "../biller.ts";
import { missingNames, type AttributionSource } from "../attribution.ts";
import type { Counters } from "../counters.ts";
import {
  createExitRecordReader,
  isForkOnly,
  isMarkedLast,
  copyExitRecord,
  parentOf,
  statusOf,
  type Arrival,
  type ExitRecord,
} from "./exit-record.ts";
import type { ExecHistory } from "../groups/exec-history.ts";
import type { ProcessSnapshot } from "../groups/exec-watcher.ts";
import type { GroupRegistry } from "../groups/group-registry.ts";
import { createLingering } from "./lingering.ts";
import { createProcess, type Process } from "../groups/process.ts";
import type { ExitDetails } from "./exit-details.ts";
import type { Recognised, Recognition } from "./recognition.ts";
import type { TaskOwners } from "./task-owners.ts";
import { createPolledOwners } from "./polled-owners.ts";
import type { Tracker } from "../groups/tracker.ts";
import { createMutex } from "../../base/mutex.ts";
import { createUnnamedRecords } from "./unnamed-records.ts";

const hiwaterVm = slotOf("hiwater_vm");

/** Parent of all kernel threads. */
const kthreadd = 2;

export interface ExitHandler {
  /** Attributes and bills one event. */
  handle(reception: Reception): void;
  /** Decides on the ends that were put off, and forgets what was kept for late events: all that was queued has been handled. */
  settle(): Promise<void>;
}

export interface ExitHandlerOptions {
  readonly tracker: Tracker;
  readonly recognition: Recognition;
  readonly execHistory: ExecHistory;
  readonly groups: GroupRegistry;
  readonly biller: Biller;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly kernelThreads: boolean;
  readonly users: Pick<UserNames, "asking" | "settled">;
  /** Before struct version 12, where they can be followed: to which process a record's thread belongs. */
  readonly forks: TaskOwners | undefined;
}

/** The last record of a process whose program nobody has told of yet. */
interface DeferredExit {
  /** Undefined where nothing else is known of it. */
  readonly process: Process | undefined;
  readonly tgid: number;
  readonly record: ExitRecord;
}

/** How long an event that was sent may not have been seen in the queue, where it was never read empty. */
const stragglersUs = 1e6;

/** Records put off at the most, half a kilobyte each; those beyond are decided on by what is known. */
const deferredLimit = 20_000;

export function createExitHandler(options: ExitHandlerOptions): ExitHandler {
  const { tracker, recognition, execHistory, groups, biller, counters, clock, kernelThreads, users, forks } = options;
  let deferred: DeferredExit[] = [];
  /** Of the records that are handled now. */
  let arrival: Arrival = { emptyAtUs: -Infinity, epochUs: -Infinity };
  /** What was seen of processes that have ended since. */
  let exitedSnapshots: ProcessSnapshot[] = [];

  /** Kernel threads have no memory; helper programs that the kernel starts have kthreadd as parent too, but memory. */
  function isKernelThread(tgid: number, record: ExitRecord): boolean {
    return tracker.isIgnored(tgid) || (parentOf(record) === kthreadd && record.values[hiwaterVm] === 0);
  }

  /** A process that nobody saw is told by its leader's record, which need not be its last; another program may follow. */
  function introduce(process: Process, record: ExitRecord): void {
    process.exitDetails = recognition.readExitDetails(process.tgid, record);
    const { facts, assignment } = recognition.readRecord(process.exitDetails);
    if (assignment.missing === undefined && !isMarkedLast(record)) tracker.assign(process, facts, assignment);
  }

  /** The leader's record shows the command that the process has now; it may have changed since the last poll. */
  function updateFacts(process: Process, record: ExitRecord): void {
    if (record.tid !== process.tgid) return;
    if (process.facts === undefined) {
      introduce(process, record);
      return;
    }
    if (record.readComm() === process.facts.comm) return;
    tracker.regroup(process, recognition.readRenamed(process.facts, record), parentOf(record));
  }

  /** @returns undefined where an exec that is still to be told of may decide it */
  function recognise(tgid: number, details: ExitDetails | undefined, patient: boolean): Recognised | undefined {
    const recognised = recognition.recognise(tgid, details);
    const waits = patient && (execHistory.watching || users.asking) && deferred.length < deferredLimit;
    // What was seen may have been followed by another program; only a record that decides by itself is the last word.
    const certain = recognised.assignment.missing === undefined && recognised.source === "event";
    return waits && !certain ? undefined : recognised;
  }

  /** What is believed of its figures. @param last the same of its last record */
  function judgeExit(process: Process, { sums, values }: ExitRecord, last: Totals): ExitTotals {
    if (sums === undefined) return { process: last, last };
    return biller.judgeExit(process, { process: sums, last }, processAgeUs(values));
  }

  /** Ends its last thread too. */
  function billProcess(process: Process, record: ExitRecord, source: "tracked" | AttributionSource): void {
    const last = billThread(process, record);
    const totals = judgeExit(process, record, last);
    if (!biller.settleProcess(process, totals.process, processAgeUs(record.values))) counters.eventsWithoutBaseline++;
    const status = statusOf(record) || process.leaderStatus;
    recordExit(process.group.account, status, { ...totals, missingRunNs: process.missingRunNs });
    const missing = process.assignment?.missing;
    counters.exitAttribution[missing === undefined ? source : missingNames[missing]]++;
    if ((missing === "argv" || missing === "cgroups") && !isForkOnly(record)) counters.execsMissed++;
  }

  /** A record that was lost may be the leader's, whose id another thread has then taken over: see `inheritRow`. */
  function inheritRow(process: Process, record: ExitRecord): void {
    if (counters.exitEventsLost === 0 || record.tid !== process.tgid || process.leaderEnded) return;
    const others = [...process.threads.keys()].filter((tid) => tid !== process.tgid);
    if (others.length > 0) biller.inheritRow(process, record.values, others);
  }

  /** A second record under the leader's id: another thread has exec'd, and its own id never sends one. */
  function takeOverLeader(process: Process, record: ExitRecord): void {
    const { tid } = record;
    if (!process.leaderEnded || tid !== process.tgid || process.threads.has(tid)) return;
    biller.takeOverLeader(process, record.values, [...process.threads.keys()]);
  }

  /** @returns what is believed of its figures, valid until the next record */
  function billThread(process: Process, record: ExitRecord): Totals {
    takeOverLeader(process, record);
    process.group.account.threadExits++;
    const { billed, totals } = biller.settleThread(process, record.tid, record.values);
    if (!billed) counters.eventsWithoutBaseline++;
    if (record.tid === process.tgid) {
      process.leaderEnded = true;
      process.leaderStatus = statusOf(record);
    }
    if (process.threadCount > 1) process.threadCount--;
    return totals;
  }

  /** Ends of its children that were put off may still be told by it. */
  function forgetExec(tgid: number): void {
    const snapshot = execHistory.find(tgid);
    if (snapshot !== undefined) exitedSnapshots.push(snapshot);
  }

  /** Reused for each process that begins and ends unseen with one thread: no row is ever opened for it. */
  const transient = createProcess(0, groups.hidden);

  function billUnseen(tgid: number, record: ExitRecord, patient: boolean): void {
    const recognised = recognise(tgid, recognition.readExitDetails(tgid, record), patient);
    if (recognised === undefined) {
      deferred.push({ process: undefined, tgid, record: copyExitRecord(record) });
      return;
    }
    transient.group = groups.hidden;
    transient.facts = undefined;
    transient.missingRunNs = 0;
    transient.refused = undefined;
    tracker.assign(transient, recognised.facts, recognised.assignment);
    billProcess(transient, record, recognised.source);
    forgetExec(tgid);
  }

  /** It has another command than it was seen with: a program that the watcher has yet to tell of, or it renamed itself. */
  function awaitsProgram({ tgid, facts }: Process, record: ExitRecord): boolean {
    if (!execHistory.watching || deferred.length >= deferredLimit || facts === undefined) return false;
    return record.tid === tgid && record.readComm() !== facts.comm;
  }

  function billTracked(process: Process, record: ExitRecord, patient: boolean): void {
    if (patient && awaitsProgram(process, record)) {
      deferred.push({ process, tgid: process.tgid, record: copyExitRecord(record) });
      return;
    }
    updateFacts(process, record);
    inheritRow(process, record);
    let source: "tracked" | AttributionSource = process.startTicks === undefined ? "event" : "tracked";
    if (process.facts === undefined) {
      const recognised = recognise(process.tgid, process.exitDetails, patient);
      if (recognised === undefined) {
        deferred.push({ process, tgid: process.tgid, record: copyExitRecord(record) });
        return;
      }
      tracker.assign(process, recognised.facts, recognised.assignment);
      source = recognised.source;
    }
    billProcess(process, record, source);
    forgetExec(process.tgid);
    tracker.remove(process);
    // Without sums it never had another thread.
    if (record.sums === undefined) biller.close(process);
    else lingering.add(process);
  }

  function billOtherThread(process: Process, record: ExitRecord): void {
    updateFacts(process, record);
    billThread(process, record);
  }

  const unattributed = createProcess(0, groups.hidden);

  /** Bills what a thread's own record bills. Its delays and run time may come again, in the sums of its process. */
  function billUnattributed(record: ExitRecord): void {
    const { facts, assignment } = recognition.recognise(0, undefined);
    tracker.assign(unattributed, facts, assignment);
    billThread(unattributed, record);
  }

  function attribute(tgid: number, record: ExitRecord, last: boolean): void {
    const process = tracker.processes.get(tgid);
    const recentlyExited = process === undefined && !last ? lingering.find(tgid) : undefined;
    if (process !== undefined) (last ? billTracked : billOtherThread)(process, record, true);
    else if (recentlyExited !== undefined) billThread(recentlyExited, record);
    else if (!kernelThreads && isKernelThread(tgid, record)) tracker.forgetIgnored(tgid);
    else if (last && record.tid === tgid && record.sums === undefined) billUnseen(tgid, record, true);
    else (last ? billTracked : billOtherThread)(tracker.trackUnseen(tgid), record, true);
  }

  const mutex = createMutex();

  async function settle(): Promise<void> {
    const waiting = deferred;
    const forgettable = exitedSnapshots;
    [deferred, exitedSnapshots] = [[], []];
    tracker.ageRecentlyExited();
    const nowUs = clock.monotonicUs();
    arrival = { emptyAtUs: nowUs - stragglersUs, epochUs: nowUs - clock.unixSeconds() * 1e6 };
    if (waiting.length > 0) await Promise.all([execHistory.caughtUp(), users.settled()]);
    for (const { process, tgid, record } of waiting) {
      if (process === undefined) billUnseen(tgid, record, false);
      else if (!process.ended) billTracked(process, record, false);
    }
    forgettable.forEach(execHistory.forget);
    owners.settle();
    lingering.expire();
  }

  const readRecord = createExitRecordReader();
  const owners = forks ?? createPolledOwners(tracker);
  const unnamed = createUnnamedRecords({ owners, attribute, onUnattributed: billUnattributed });
  const lingering = createLingering({
    clock,
    onExpired(process) {
      biller.close(process);
      owners.endProcess(process.tgid);
    },
  });

  return {
    handle(reception) {
      if (!reception.thread.present) return;
      counters.exitEvents++;
      const record = readRecord(reception, arrival);
      if (reception.tgid !== undefined) attribute(reception.tgid, record, isMarkedLast(record));
      else unnamed.handle(record, reception.process.present ? reception.process.id : undefined);
    },
    settle: () => mutex.runExclusive(settle),
  };
}
