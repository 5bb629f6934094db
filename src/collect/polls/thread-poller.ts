/**
 * Asks for each thread of processes that have several, and keeps their rows in step with the threads that there are. Many
 * threads are asked for in slices, between which the event loop turns and exit events are billed.
 */

import type { Totals } from "../../account/account.ts";
import { isAsleep } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Ask } from "./ask.ts";
import type { Biller } from "../biller.ts";
import { lookAgain, type Process } from "../groups/process.ts";

export interface ThreadPoller {
  /** Polls and bills the threads of these processes. @throws ExporterError as `Ask` */
  poll(several: readonly Process[]): Promise<void>;
}

export interface ThreadPollerOptions {
  readonly ask: Ask;
  readonly biller: Biller;
  readonly proc: ProcReader;
  readonly exitsUp: () => boolean;
  /** Bills the exit events that are queued. */
  readonly drainExits: () => void;
  /** Lets the event loop turn. */
  readonly yieldToEventLoop: () => Promise<void>;
}

/** A thread as its process's directory showed it a moment ago. */
interface Listed {
  readonly process: Process;
  readonly tid: number;
  /** It has a row, and was not there. */
  readonly gone: boolean;
  /** All threads of its process of which that is so. */
  readonly orphans: readonly number[];
  /** It has no row, and slept before it is asked for. */
  asleep: boolean;
}

/** Threads that are asked for between two turns of the event loop: a millisecond, or four where all are new. */
const sliceSize = 512;

export function createThreadPoller(options: ThreadPollerOptions): ThreadPoller {
  const { ask, biller, proc, exitsUp, drainExits, yieldToEventLoop } = options;

  /**
   * Where the leader ended first it stays as a zombie until the process ends, and its figures are settled. Where it is
   * alive all the same, another thread has exec'd and taken over its id; that thread's row goes on under the new id.
   */
  function isTakenOver(process: Process): boolean {
    if (!process.leaderEnded) return false;
    const stat = proc.readStat(process.tgid);
    if (stat === undefined) lookAgain(process);
    return stat?.exiting === false;
  }

  /** Threads that have a row and are gone: their events are queued, or were lost, or there is none after an exec. */
  function findGone(process: Process, present: ReadonlySet<number>): number[] {
    return [...process.threads.keys()].filter((tid) => !present.has(tid));
  }

  /** Its directory tells nothing this time: those that are known go on, and the kernel passes over those that are gone. */
  function listKnown(process: Process): Listed[] {
    lookAgain(process);
    return [...process.threads.keys()].map((tid) => ({ process, tid, gone: false, orphans: [], asleep: false }));
  }

  /** The threads that are there, and after them those that are gone. */
  function list(process: Process): Listed[] {
    const tids = proc.listThreads(process.tgid);
    if (tids === undefined) return listKnown(process);
    const present = new Set(tids);
    if (findGone(process, present).length > 0) drainExits();
    if (process.ended) return [];
    process.threadCount = tids.length - (process.leaderEnded && !isTakenOver(process) ? 1 : 0);
    const orphans = findGone(process, present);
    return [
      ...tids.map((tid) => ({ process, tid, gone: false, orphans, asleep: false })),
      ...orphans.map((tid) => ({ process, tid, gone: true, orphans, asleep: false })),
    ];
  }

  /** A thread without a row is new; one that is ending has sent its exit event or will, and is left to that. */
  function isCounted(listed: Listed): boolean {
    const { process, tid, gone } = listed;
    if (gone || process.ended) return false;
    if (tid === process.tgid && process.leaderEnded) return isTakenOver(process);
    if (process.threads.has(tid)) return true;
    const stat = proc.readThreadStat(process.tgid, tid);
    if (stat === undefined) lookAgain(process);
    listed.asleep = stat !== undefined && isAsleep(stat);
    return !exitsUp() || stat?.exiting === false;
  }

  /** @returns false where it cannot be told this time which row the leader's figures continue: they are billed the next time */
  function findLeaderRow(process: Process, totals: Totals, orphans: readonly number[]): boolean {
    if (!process.leaderEnded) {
      biller.inheritRow(process, totals, orphans);
      return true;
    }
    // When the threads were listed, the one that has taken the id over may still have been there under its own.
    const tids = proc.listThreads(process.tgid);
    if (tids === undefined) {
      lookAgain(process);
      return false;
    }
    biller.takeOverLeader(process, totals, findGone(process, new Set(tids)));
    process.leaderEnded = false;
    return true;
  }

  /** Nothing may drain events in here: a thread that ends after it was counted is billed the rest by its event. */
  function pollSlice(slice: readonly Listed[]): void {
    const counted = slice.filter(isCounted);
    const ids = counted.map(({ tid }) => tid);
    ask("pid", ids, (index, { thread, tgid }) => {
      const { process, orphans, asleep } = counted[index] as Listed;
      // An id that was listed some turns ago may be another process's by now.
      if (tgid !== undefined && tgid !== process.tgid) return;
      if (thread.id === process.tgid && !findLeaderRow(process, thread.values, orphans)) return;
      biller.billThread(process, thread.id, thread.values, asleep);
    });
    // Not before, nor where a leader that ended has not been taken over yet: it may continue the row of one that is gone.
    for (const { process, tid, gone } of slice) if (gone && !process.leaderEnded) biller.dropThread(process, tid);
  }

  return {
    async poll(several) {
      let listed: Listed[] = [];
      for (const process of several) {
        listed = listed.concat(list(process));
        while (listed.length >= sliceSize) {
          pollSlice(listed.splice(0, sliceSize));
          await yieldToEventLoop();
        }
      }
      pollSlice(listed);
    },
  };
}
