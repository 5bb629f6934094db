/** Exit events: each is attributed to its process and billed to the process's group. It waits for nothing. */

import { recordEnd, type Totals } from "../../account/account.ts";
import type { EndTotals } from "../../account/process-waits.ts";
import { slotOf } from "../../fields/fields.ts";
import type { Clock } from "../../base/clock.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Reception } from "../../taskstats/decode.ts";
import { processAgeUs, type Biller } from "../biller.ts";
import { missingNames, type Way } from "../attribution.ts";
import type { Counters } from "../counters.ts";
import {
  createEndReader,
  isForkOnly,
  isMarkedLast,
  keepEnd,
  parentOf,
  statusOf,
  type Arrival,
  type EndRecord,
} from "./end-record.ts";
import type { Execs } from "../groups/execs.ts";
import type { Sighting } from "../groups/exec-watcher.ts";
import type { Groups } from "../groups/groups.ts";
import { createLingering } from "./lingering.ts";
import { createProcess, type Process } from "../groups/process.ts";
import type { LastWords } from "./last-words.ts";
import type { Recognised, Recognition } from "./recognition.ts";
import type { TaskOwners } from "./owners.ts";
import { createPolledOwners } from "./polled-owners.ts";
import type { Tracker } from "../groups/tracker.ts";
import { createTurns } from "../../base/turns.ts";
import { createUnnamed } from "./unnamed.ts";

const hiwaterVm = slotOf("hiwater_vm");

/** Parent of all kernel threads. */
const kthreadd = 2;

export interface Exits {
  /** Attributes and bills one event. */
  handle(reception: Reception): void;
  /** Decides on the ends that were put off, and forgets what was kept for late events: all that was queued has been handled. */
  settle(): Promise<void>;
}

export interface ExitsOptions {
  readonly tracker: Tracker;
  readonly recognition: Recognition;
  readonly execs: Execs;
  readonly groups: Groups;
  readonly biller: Biller;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly kernelThreads: boolean;
  readonly users: Pick<UserNames, "asking" | "settled">;
  /** Before struct version 12, where they can be followed: to which process a record's thread belongs. */
  readonly forks: TaskOwners | undefined;
}

/** The last record of a process whose program nobody has told of yet. */
interface PutOff {
  /** Undefined where nothing else is known of it. */
  readonly process: Process | undefined;
  readonly tgid: number;
  readonly end: EndRecord;
}

/** How long an event that was sent may not have been seen in the queue, where it was never read empty. */
const stragglersUs = 1e6;

/** Records put off at the most, half a kilobyte each; those beyond are decided on by what is known. */
const putOffLimit = 20_000;

export function createExits(options: ExitsOptions): Exits {
  const { tracker, recognition, execs, groups, biller, counters, clock, kernelThreads, users, forks } = options;
  let putOff: PutOff[] = [];
  /** Of the records that are handled now. */
  let arrival: Arrival = { emptyAtUs: -Infinity, epochUs: -Infinity };
  /** What was seen of processes that have ended since. */
  let unforgotten: Sighting[] = [];

  /** Kernel threads have no memory; helper programs that the kernel starts have kthreadd as parent too, but memory. */
  function isKernelThread(tgid: number, end: EndRecord): boolean {
    return tracker.isIgnored(tgid) || (parentOf(end) === kthreadd && end.values[hiwaterVm] === 0);
  }

  /** A process that nobody saw is told by its leader's record, which need not be its last; another program may follow. */
  function introduce(process: Process, end: EndRecord): void {
    process.lastWords = recognition.readLastWords(process.tgid, end);
    const { identity, place } = recognition.readRecord(process.lastWords);
    if (place.missing === undefined && !isMarkedLast(end)) tracker.assign(process, identity, place);
  }

  /** The leader's record shows the command that the process has now; it may have changed since the last poll. */
  function updateIdentity(process: Process, end: EndRecord): void {
    if (end.tid !== process.tgid) return;
    if (process.identity === undefined) {
      introduce(process, end);
      return;
    }
    if (end.readComm() === process.identity.comm) return;
    tracker.identify(process, recognition.readRenamed(process.identity, end), parentOf(end));
  }

  /** @returns undefined where an exec that is still to be told of may decide it */
  function recognise(tgid: number, words: LastWords | undefined, patient: boolean): Recognised | undefined {
    const recognised = recognition.recognise(tgid, words);
    const waits = patient && (execs.watching || users.asking) && putOff.length < putOffLimit;
    // What was seen may have been followed by another program; only a record that decides by itself is the last word.
    const certain = recognised.place.missing === undefined && recognised.way === "event";
    return waits && !certain ? undefined : recognised;
  }

  /** What is believed of its figures. @param last the same of its last record */
  function judgeEnd(process: Process, { sums, values }: EndRecord, last: Totals): EndTotals {
    if (sums === undefined) return { process: last, last };
    return biller.judgeEnd(process, { process: sums, last }, processAgeUs(values));
  }

  /** Ends its last thread too. */
  function endProcess(process: Process, end: EndRecord, way: "tracked" | Way): void {
    const last = endThread(process, end);
    const totals = judgeEnd(process, end, last);
    if (!biller.settleProcess(process, totals.process, processAgeUs(end.values))) counters.eventsWithoutBaseline++;
    const status = statusOf(end) || process.leaderStatus;
    recordEnd(process.group.account, status, { ...totals, missingRunNs: process.missingRunNs });
    const missing = process.place?.missing;
    counters.exitAttribution[missing === undefined ? way : missingNames[missing]]++;
    if ((missing === "argv" || missing === "cgroups") && !isForkOnly(end)) counters.execsMissed++;
  }

  /** A record that was lost may be the leader's, whose id another thread has then taken over: see `inheritRow`. */
  function inheritRow(process: Process, end: EndRecord): void {
    if (counters.exitEventsLost === 0 || end.tid !== process.tgid || process.leaderEnded) return;
    const others = [...process.threads.keys()].filter((tid) => tid !== process.tgid);
    if (others.length > 0) biller.inheritRow(process, end.values, others);
  }

  /** A second record under the leader's id: another thread has exec'd, and its own id never sends one. */
  function takeOverLeader(process: Process, end: EndRecord): void {
    const { tid } = end;
    if (!process.leaderEnded || tid !== process.tgid || process.threads.has(tid)) return;
    biller.takeOverLeader(process, end.values, [...process.threads.keys()]);
  }

  /** @returns what is believed of its figures, valid until the next record */
  function endThread(process: Process, end: EndRecord): Totals {
    takeOverLeader(process, end);
    process.group.account.threadExits++;
    const { billed, totals } = biller.settleThread(process, end.tid, end.values);
    if (!billed) counters.eventsWithoutBaseline++;
    if (end.tid === process.tgid) {
      process.leaderEnded = true;
      process.leaderStatus = statusOf(end);
    }
    if (process.threadCount > 1) process.threadCount--;
    return totals;
  }

  /** Ends of its children that were put off may still be told by it. */
  function forgetExec(tgid: number): void {
    const sighting = execs.find(tgid);
    if (sighting !== undefined) unforgotten.push(sighting);
  }

  /** Reused for each process that begins and ends unseen with one thread: no row is ever opened for it. */
  const transient = createProcess(0, groups.hidden);

  function endUnseen(tgid: number, end: EndRecord, patient: boolean): void {
    const recognised = recognise(tgid, recognition.readLastWords(tgid, end), patient);
    if (recognised === undefined) {
      putOff.push({ process: undefined, tgid, end: keepEnd(end) });
      return;
    }
    transient.group = groups.hidden;
    transient.identity = undefined;
    transient.missingRunNs = 0;
    transient.refused = undefined;
    tracker.assign(transient, recognised.identity, recognised.place);
    endProcess(transient, end, recognised.way);
    forgetExec(tgid);
  }

  /** It has another command than it was seen with: a program that the watcher has yet to tell of, or it renamed itself. */
  function awaitsProgram({ tgid, identity }: Process, end: EndRecord): boolean {
    if (!execs.watching || putOff.length >= putOffLimit || identity === undefined) return false;
    return end.tid === tgid && end.readComm() !== identity.comm;
  }

  function endTracked(process: Process, end: EndRecord, patient: boolean): void {
    if (patient && awaitsProgram(process, end)) {
      putOff.push({ process, tgid: process.tgid, end: keepEnd(end) });
      return;
    }
    updateIdentity(process, end);
    inheritRow(process, end);
    let way: "tracked" | Way = process.startTicks === undefined ? "event" : "tracked";
    if (process.identity === undefined) {
      const recognised = recognise(process.tgid, process.lastWords, patient);
      if (recognised === undefined) {
        putOff.push({ process, tgid: process.tgid, end: keepEnd(end) });
        return;
      }
      tracker.assign(process, recognised.identity, recognised.place);
      way = recognised.way;
    }
    endProcess(process, end, way);
    forgetExec(process.tgid);
    tracker.remove(process);
    // Without sums it never had another thread.
    if (end.sums === undefined) biller.close(process);
    else lingering.add(process);
  }

  function endOther(process: Process, end: EndRecord): void {
    updateIdentity(process, end);
    endThread(process, end);
  }

  const unattributed = createProcess(0, groups.hidden);

  /** Bills what a thread's own record bills. Its delays and run time may come again, in the sums of its process. */
  function endUnattributed(end: EndRecord): void {
    const { identity, place } = recognition.recognise(0, undefined);
    tracker.assign(unattributed, identity, place);
    endThread(unattributed, end);
  }

  function attribute(tgid: number, end: EndRecord, last: boolean): void {
    const process = tracker.processes.get(tgid);
    const former = process === undefined && !last ? lingering.find(tgid) : undefined;
    if (process !== undefined) (last ? endTracked : endOther)(process, end, true);
    else if (former !== undefined) endThread(former, end);
    else if (!kernelThreads && isKernelThread(tgid, end)) tracker.forgetIgnored(tgid);
    else if (last && end.tid === tgid && end.sums === undefined) endUnseen(tgid, end, true);
    else (last ? endTracked : endOther)(tracker.trackUnseen(tgid), end, true);
  }

  const turns = createTurns();

  async function settle(): Promise<void> {
    const waiting = putOff;
    const forgettable = unforgotten;
    [putOff, unforgotten] = [[], []];
    tracker.ageFormer();
    const nowUs = clock.monotonicUs();
    arrival = { emptyAtUs: nowUs - stragglersUs, epochUs: nowUs - clock.unixSeconds() * 1e6 };
    if (waiting.length > 0) await Promise.all([execs.caughtUp(), users.settled()]);
    for (const { process, tgid, end } of waiting) {
      if (process === undefined) endUnseen(tgid, end, false);
      else if (!process.ended) endTracked(process, end, false);
    }
    forgettable.forEach(execs.forget);
    owners.settle();
    lingering.expire();
  }

  const readEnd = createEndReader();
  const owners = forks ?? createPolledOwners(tracker);
  const unnamed = createUnnamed({ owners, attribute, onUnattributed: endUnattributed });
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
      const end = readEnd(reception, arrival);
      if (reception.tgid !== undefined) attribute(reception.tgid, end, isMarkedLast(end));
      else unnamed.handle(end, reception.process.present ? reception.process.id : undefined);
    },
    settle: () => turns.take(settle),
  };
}
