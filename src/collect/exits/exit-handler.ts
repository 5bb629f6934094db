/** Finds the process and the group of each exit event and has the event billed. Handling an event never waits. */

import { slotOf } from "../../fields/fields.ts";
import type { Clock } from "../../base/clock.ts";
import { createMutex } from "../../base/mutex.ts";
import type { ExecHistory } from "../../execs/exec-history.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Reception } from "../../taskstats/decode.ts";
import type { AttributionSource } from "../attribution.ts";
import type { Biller } from "../biller.ts";
import type { Counters } from "../counters.ts";
import type { FactReader } from "../groups/fact-reader.ts";
import type { GroupRegistry } from "../groups/group-registry.ts";
import type { GroupAssignment, GroupResolver } from "../groups/group-resolver.ts";
import { createProcess, type Process } from "../groups/process.ts";
import type { Tracker } from "../groups/tracker.ts";
import { createDeferredExits } from "./deferred-exits.ts";
import { createExitBilling, type ExitBillingOptions } from "./exit-billing.ts";
import type { ExitDetails } from "./exit-details.ts";
import {
  createExitRecordReader,
  isMarkedLast,
  markOf,
  parentOf,
  type Arrival,
  type ExitRecord,
} from "./exit-record.ts";
import { createLingering } from "./lingering.ts";
import { createPolledOwners } from "./polled-owners.ts";
import { createRecognition, type Recognised } from "./recognition.ts";
import type { TaskOwners } from "./task-owners.ts";
import { createUnnamedRecords } from "./unnamed-records.ts";

const hiwaterVm = slotOf("hiwater_vm");

/** Parent of all kernel threads. */
const kthreadd = 2;

export interface ExitHandler {
  /** Call it before events are taken off the socket. */
  begin(): void;
  /** Attributes and bills one exit event, or defers its exit. */
  handle(reception: Reception): void;
  /** Decides on deferred exits, and forgets what was kept for late events. Call it when all queued events have been handled. */
  settle(): Promise<void>;
  /** Closes a process that has exited without an event: the event was lost, or exit events do not arrive. */
  closeUnreported(process: Process): void;
}

export interface ExitHandlerOptions extends Pick<ExitBillingOptions, "onExit"> {
  readonly proc: ProcReader;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  readonly tracker: Tracker;
  readonly execHistory: ExecHistory;
  readonly groups: GroupRegistry;
  readonly biller: Biller;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly kernelThreads: boolean;
  readonly users: Pick<UserNames, "asking" | "settled">;
  /** The process of each thread, from fork events. Undefined from struct version 12 on, and where fork events do not arrive. */
  readonly forks: TaskOwners | undefined;
}

/** An event that is handled after a `settle` was sent at most this long before it, even if the queue was not read empty. */
const stragglersUs = 1e6;

export function createExitHandler(options: ExitHandlerOptions): ExitHandler {
  const { tracker, execHistory, groupResolver, groups, biller, counters, clock, kernelThreads, users } = options;
  const recognition = createRecognition(options);
  const billing = createExitBilling(options);
  const deferred = createDeferredExits({ execHistory, users });
  // Taken out of their objects once: an object with getters is a hash table, where each call takes a search.
  const { noteExited } = deferred;
  const { assign, isIgnored, processes } = tracker;
  const { hidden } = groups;
  const { assignmentOfCommand, groupOf } = groupResolver;
  /** Given to each record that is handled until the next `settle`. */
  let arrival: Arrival = { emptyAtUs: -Infinity, epochUs: -Infinity };

  /** A kernel thread has no memory. Helper programs that the kernel starts have kthreadd as parent too, but they have memory. */
  function isKernelThread(tgid: number, record: ExitRecord): boolean {
    return parentOf(record) === kthreadd && (record.values[hiwaterVm] === 0 || isIgnored(tgid));
  }

  /** The leader's record names a process that nobody saw. If it is not the last record, another thread may still exec. */
  function introduce(process: Process, record: ExitRecord): void {
    process.exitDetails = recognition.readExitDetails(process.tgid, record);
    const { facts, assignment } = recognition.readRecord(process.exitDetails);
    if (assignment.missing === undefined && !isMarkedLast(record)) assign(process, facts, assignment);
  }

  /** The leader's record has the command of the process at the exit, which may have changed since the last poll. */
  function updateFacts(process: Process, record: ExitRecord): void {
    if (record.tid !== process.tgid) return;
    if (process.facts === undefined) {
      introduce(process, record);
      return;
    }
    if (record.readComm() === process.facts.comm) return;
    tracker.regroup(process, recognition.readRenamed(process.facts, record), parentOf(record));
  }

  /** @returns undefined where the exit must be deferred: an exec that has not been reported yet may decide its group */
  function recognise(tgid: number, details: ExitDetails | undefined, mayDefer: boolean): Recognised | undefined {
    const recognised = recognition.recognise(tgid, details);
    // The process may have started another program after its snapshot. Only a group that the record alone decides is certain.
    if (recognised.assignment.missing === undefined && recognised.source === "event") return recognised;
    const waits = mayDefer && (execHistory.watching || users.asking) && deferred.hasRoom;
    return waits ? undefined : recognised;
  }

  /** Reused for each process of one thread that nobody saw alive: no row is ever opened for such a process. */
  const transient = createProcess(0, hidden);

  /** Bills a process whose command name decides on its group: without facts and details an exit costs a sixth less. */
  function handleByCommand(record: ExitRecord, comm: string, assignment: GroupAssignment): void {
    transient.group = groupOf(assignment);
    transient.assignment = assignment;
    transient.facts = undefined;
    transient.missingRunNs = 0;
    transient.refused = undefined;
    billing.billProcess(transient, record, "event", comm);
  }

  function handleUnseen(tgid: number, record: ExitRecord, mayDefer: boolean): void {
    const comm = record.readComm();
    const decided = assignmentOfCommand(comm);
    if (decided !== undefined) {
      handleByCommand(record, comm, decided);
      return;
    }
    const recognised = recognise(tgid, recognition.readExitDetails(tgid, record), mayDefer);
    if (recognised === undefined) {
      deferred.defer({ process: undefined, tgid, record });
      return;
    }
    transient.group = hidden;
    transient.facts = undefined;
    transient.missingRunNs = 0;
    transient.refused = undefined;
    assign(transient, recognised.facts, recognised.assignment);
    billing.billProcess(transient, record, recognised.source, comm);
    noteExited(tgid);
  }

  /** True where the command has changed: the process renamed itself, or started a program that is not reported yet. */
  function awaitsProgram({ tgid, facts }: Process, record: ExitRecord): boolean {
    if (!execHistory.watching || !deferred.hasRoom || facts === undefined) return false;
    return record.tid === tgid && record.readComm() !== facts.comm;
  }

  function handleTracked(process: Process, record: ExitRecord, mayDefer: boolean): void {
    const { tgid } = process;
    if (mayDefer && awaitsProgram(process, record)) {
      deferred.defer({ process, tgid, record });
      return;
    }
    updateFacts(process, record);
    billing.inheritRow(process, record);
    let source: "tracked" | AttributionSource = process.startTicks === undefined ? "event" : "tracked";
    if (process.facts === undefined) {
      const recognised = recognise(tgid, process.exitDetails, mayDefer);
      if (recognised === undefined) {
        deferred.defer({ process, tgid, record });
        return;
      }
      assign(process, recognised.facts, recognised.assignment);
      source = recognised.source;
    }
    billing.billProcess(process, record, source, process.facts?.comm ?? record.readComm());
    noteExited(tgid);
    tracker.remove(process);
    // A last record without sums: the process never had a second thread, so no record can come late.
    if (record.sums === undefined) biller.close(process);
    else lingering.add(process, markOf(record));
  }

  function handleThread(process: Process, record: ExitRecord): void {
    updateFacts(process, record);
    billing.billThread(process, record);
  }

  const unattributed = createProcess(0, hidden);

  /** The process of the thread is not known. Only what a thread's own record bills is billed: the sums of its process hold the rest. */
  function handleUnattributed(record: ExitRecord): void {
    const { facts, assignment } = recognition.recognise(0, undefined);
    assign(unattributed, facts, assignment);
    billing.billThread(unattributed, record);
  }

  function attribute(tgid: number, record: ExitRecord, last: boolean): void {
    const process = processes.get(tgid);
    const lingered = process === undefined && !last ? lingering.find(tgid, markOf(record)) : undefined;
    if (process !== undefined) (last ? handleTracked : handleThread)(process, record, true);
    else if (lingered !== undefined) billing.billThread(lingered, record);
    else if (!kernelThreads && isKernelThread(tgid, record)) tracker.forgetIgnored(tgid);
    else if (last && record.tid === tgid && record.sums === undefined) handleUnseen(tgid, record, true);
    else (last ? handleTracked : handleThread)(tracker.trackUnseen(tgid), record, true);
  }

  async function settle(): Promise<void> {
    billing.begin();
    tracker.ageRecentlyExited();
    const nowUs = clock.monotonicUs();
    arrival = { emptyAtUs: nowUs - stragglersUs, epochUs: nowUs - clock.unixSeconds() * 1e6 };
    await deferred.settle(({ process, tgid, record }) => {
      if (process === undefined) handleUnseen(tgid, record, false);
      else if (!process.ended) handleTracked(process, record, false);
    });
    owners.settle();
    lingering.expire();
  }

  const readRecord = createExitRecordReader();
  const owners = options.forks ?? createPolledOwners(tracker);
  const unnamed = createUnnamedRecords({ owners, attribute, onUnattributed: handleUnattributed });
  const lingering = createLingering({
    clock,
    onExpired(process) {
      biller.close(process);
      owners.forgetProcess(process.tgid);
    },
  });
  const settling = createMutex();

  return {
    begin() {
      execHistory.note();
      billing.begin();
    },
    handle(reception) {
      if (!reception.thread.present) return;
      counters.exitEvents++;
      const record = readRecord(reception, arrival);
      if (reception.tgid !== undefined) attribute(reception.tgid, record, isMarkedLast(record));
      else unnamed.handle(record, reception.process.present ? reception.process.id : undefined);
    },
    settle: () => settling.runExclusive(settle),
    closeUnreported(process) {
      if (process.ended) return;
      if (process.facts === undefined) {
        const { facts, assignment } = recognition.recognise(process.tgid, process.exitDetails);
        assign(process, facts, assignment);
      }
      counters.vanished++;
      biller.close(process);
      tracker.remove(process);
    },
  };
}
