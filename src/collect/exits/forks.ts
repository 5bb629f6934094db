/**
 * Follows fork events, so that the process of each task is known when the task's exit record comes. /proc is read where fork events
 * cannot help: for tasks that are older than the exporter, after a loss, and to find tasks that exited without a record.
 */

import { openProcessEvents, type ProcessEventClient } from "../../connector/client.ts";
import type { ProcessEvent } from "../../connector/decode.ts";
import type { Netlink } from "../../netlink/socket.ts";
import type { ProcReader } from "../../procfs/read.ts";
import { increment, type Counters } from "../counters.ts";
import type { TaskOwners } from "./task-owners.ts";
import { createTaskTable } from "./task-table.ts";

export interface ForksOptions {
  readonly client: ProcessEventClient;
  readonly proc: ProcReader;
  readonly counters: Counters;
}

/** Less than any event takes of the receive buffer. An event takes 768 bytes. */
const smallestEventBytes = 512;

/** The table is searched for exited tasks when it has this many entries more than twice those of the last search. */
const slack = 10_000;

/**
 * Reads all tasks from /proc at once. Later tasks are known from fork events.
 *
 * @param options.client already listens for forks: a task that starts while /proc is read is not missed
 * @throws ExporterError PROC_UNREADABLE
 */
export function createForks({ client, proc, counters }: ForksOptions): TaskOwners {
  const table = createTaskTable();
  const figures = (counters.forks = { lost: 0, unattributed: 0 });
  const capacity = Math.ceil(client.receiveBufferBytes / smallestEventBytes);
  let drops = client.readDrops();
  let limit = 0;
  /** Ids that /proc did not show at the last search, until the next `settle` forgets them; undefined where there was no search. */
  let suspects: Set<number> | undefined;

  function onFork({ pid, tgid }: ProcessEvent): void {
    suspects?.delete(pid);
    table.fork(pid, tgid);
  }

  /** @returns all tasks that /proc shows, and the known threads of a process whose threads cannot be listed this time */
  function listTasks(): Set<number> {
    const shown = new Set<number>();
    const unlisted = new Set<number>();
    for (const tgid of proc.listProcessesNow()) {
      const tids = proc.listThreads(tgid);
      if (tids === undefined) unlisted.add(tgid);
      for (const tid of tids ?? []) {
        table.see(tid, tgid);
        shown.add(tid);
      }
    }
    if (unlisted.size > 0) {
      for (const tid of table.tasks()) if (unlisted.has(table.ownerOf(tid) ?? tid)) shown.add(tid);
    }
    return shown;
  }

  /** If a thread's fork event was lost, its process looks like one that never had a second thread. Only /proc corrects that. */
  function checkLoss(): void {
    const now = client.readDrops();
    const lost = (now - drops) >>> 0;
    if (lost === 0) return;
    drops = now;
    figures.lost += lost;
    table.forgetSingle();
    listTasks();
  }

  /** Takes all queued events. Events are lost only when the queue is full: after an empty queue the drop counter need not be read. */
  function drain(): void {
    let taken = 0;
    for (let received = 1; received > 0 && taken < capacity; taken += received) received = client.receive(onFork);
    if (taken > 0) checkLoss();
  }

  /** Tasks that /proc does not show: they exited without a record, or their record is still queued. */
  function findSuspects(): Set<number> {
    const shown = listTasks();
    return new Set([...table.tasks()].filter((tid) => !shown.has(tid)));
  }

  /** Forgets tasks of which no record will come: records that were queued have been handled meanwhile. */
  function forget(tids: Iterable<number>): void {
    for (const tid of tids) {
      table.forgetProcess(tid);
      table.exit(tid);
    }
    limit = 2 * table.size + slack;
  }

  listTasks();
  forget([]);

  return {
    // Called once for all exit events that were taken together: a drain for each would double the cost of an exit event.
    refresh: drain,
    ownerOf(tid) {
      const owner = table.ownerOf(tid);
      if (owner === undefined) figures.unattributed++;
      return owner;
    },
    hasThreads: table.hadThreads,
    noteExit: table.exit,
    forgetProcess: table.forgetProcess,
    settle() {
      drain();
      if (suspects !== undefined) {
        forget(suspects);
        suspects = undefined;
      } else if (table.size > limit) {
        suspects = findSuspects();
      }
    },
    close: () => client.close(),
  };
}

/** From this struct version on a record names its process (`ac_tgid`). */
const namedSince = 12;

export interface OpenForksOptions extends Omit<ForksOptions, "client"> {
  readonly netlink: Pick<Netlink, "open">;
  readonly structVersion: number;
  readonly receiveBufferBytes: number;
  /** Called with the reason where fork events are needed and do not arrive. */
  readonly onMissing: (reason: string) => void;
}

const eventSlots = 256;

/** Follows forks where this kernel's records do not name their process. @throws ExporterError PROC_UNREADABLE */
export function openForks(options: OpenForksOptions): TaskOwners | undefined {
  const { netlink, structVersion, receiveBufferBytes, counters, onMissing } = options;
  if (structVersion >= namedSince) return undefined;
  const onMalformed = (code: string): void => increment(counters.malformed, code);
  let client: ProcessEventClient;
  try {
    client = openProcessEvents(netlink, { kind: "fork", receiveBufferBytes, slots: eventSlots, onMalformed });
  } catch (error) {
    onMissing(error instanceof Error ? error.message : String(error));
    return undefined;
  }
  return createForks({ ...options, client });
}
