/**
 * Follows fork events, so that every task's process is known when its last record comes. It reads /proc where events
 * cannot tell: for what was there before, after a loss, and to find what ended without a record.
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

/** No event takes less of the receive buffer; one takes 768 bytes. */
const smallestEventBytes = 512;

/** Entries that the table may have beyond twice those that lived at the last look, before it is looked through again. */
const slack = 10_000;

/**
 * Reads /proc at once; what is forked from now on, events tell.
 *
 * @param options.client listens for forks already, so that no task is missed between the two
 * @throws ExporterError PROC_UNREADABLE
 */
export function createForks({ client, proc, counters }: ForksOptions): TaskOwners {
  const table = createTaskTable();
  const figures = (counters.forks = { lost: 0, unattributed: 0 });
  const capacity = Math.ceil(client.receiveBufferBytes / smallestEventBytes);
  let drops = client.readDrops();
  let limit = 0;
  /** Ids that /proc did not show when the table was last looked through; undefined where that was not of late. */
  let suspects: Set<number> | undefined;

  function onFork({ pid, tgid }: ProcessEvent): void {
    suspects?.delete(pid);
    table.fork(pid, tgid);
  }

  /** @returns those that are there, and those of a process whose threads cannot be listed this time */
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

  /** A thread whose event was lost makes its process look like one that never had any: only /proc clears that up. */
  function checkLoss(): void {
    const now = client.readDrops();
    const lost = (now - drops) >>> 0;
    if (lost === 0) return;
    drops = now;
    figures.lost += lost;
    table.forgetSingle();
    listTasks();
  }

  /** Takes what is queued now. Events are lost to a full queue only: an empty one need not be asked. */
  function drain(): void {
    let taken = 0;
    for (let received = 1; received > 0 && taken < capacity; taken += received) received = client.receive(onFork);
    if (taken > 0) checkLoss();
  }

  /** Begins to look for tasks that ended without a record: those that /proc does not show, unless a record is queued. */
  function findSuspects(): Set<number> {
    const shown = listTasks();
    return new Set([...table.tasks()].filter((tid) => !shown.has(tid)));
  }

  /** What records were queued of the suspects have been handled meanwhile: those that are left have none. */
  function forget(tids: Iterable<number>): void {
    for (const tid of tids) {
      table.endProcess(tid);
      table.end(tid);
    }
    limit = 2 * table.size + slack;
  }

  listTasks();
  forget([]);

  return {
    // Once for all exit events that were taken together: one drain for each would double what an event costs.
    refresh: drain,
    ownerOf(tid) {
      const owner = table.ownerOf(tid);
      if (owner === undefined) figures.unattributed++;
      return owner;
    },
    hasThreads: table.hadThreads,
    end: table.end,
    endProcess: table.endProcess,
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

/** Since this struct version a record names its process. */
const namedSince = 12;

export interface OpenForksOptions extends Omit<ForksOptions, "client"> {
  readonly netlink: Pick<Netlink, "open">;
  readonly structVersion: number;
  readonly receiveBufferBytes: number;
  /** Told why fork events are not to be had where they are needed. */
  readonly onMissing: (reason: string) => void;
}

const eventSlots = 256;

/** Follows forks where this kernel's records need it. @throws ExporterError PROC_UNREADABLE */
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
