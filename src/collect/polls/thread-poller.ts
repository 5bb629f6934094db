/**
 * Asks for each thread of the processes that have several, and keeps their rows in step with the live threads. Threads are asked for
 * in slices. After each slice it yields, so exit events may be billed between two slices.
 */

import type { Totals } from "../../account/account.ts";
import { isAsleep } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Ask } from "./ask.ts";
import type { Biller } from "../biller.ts";
import { pollAgain, type Process } from "../groups/process.ts";
import { createThreadRecordReader } from "./thread-record.ts";

export interface ThreadPoller {
  /** Polls and bills the threads of these processes. @throws ExporterError as `Ask` */
  poll(several: readonly Process[]): Promise<void>;
}

export interface ThreadPollerOptions {
  readonly ask: Ask;
  readonly biller: Biller;
  readonly proc: ProcReader;
  readonly exitsUp: () => boolean;
  /** Bills all queued exit events. */
  readonly drainExits: () => void;
  readonly yieldToEventLoop: () => Promise<void>;
}

/** A thread, as the `task` directory of its process showed it a moment ago. */
interface Listed {
  readonly process: Process;
  readonly tid: number;
  /** The thread has a row, and the directory did not show it. */
  readonly gone: boolean;
  /** All threads of its process that are gone in this sense. */
  readonly orphans: readonly number[];
  /** The thread has no row, and was asleep just before it is asked for. */
  asleep: boolean;
}

/** Threads per slice: a millisecond, or four where all threads are new. */
const sliceSize = 512;

export function createThreadPoller(options: ThreadPollerOptions): ThreadPoller {
  const { ask, biller, proc, exitsUp, drainExits, yieldToEventLoop } = options;
  const readRecord = createThreadRecordReader();

  /**
   * A leader that exited before other threads stays as a zombie until the process exits, and its figures are settled. If the leader's
   * id is alive all the same, another thread has exec'd and taken it over. The row of that thread then goes on under the leader's id.
   */
  function isTakenOver(process: Process): boolean {
    if (!process.leaderEnded) return false;
    const stat = proc.readStat(process.tgid);
    if (stat === undefined) pollAgain(process);
    return stat?.exiting === false;
  }

  /** Threads that have a row and are gone: their exit event is queued or was lost, or there is none because of an exec. */
  function findGone(process: Process, present: ReadonlySet<number>): number[] {
    return [...process.threads.keys()].filter((tid) => !present.has(tid));
  }

  /** The directory cannot be read this time: the threads that have a row are asked for, and the kernel skips those that are gone. */
  function listKnown(process: Process): Listed[] {
    pollAgain(process);
    return [...process.threads.keys()].map((tid) => ({ process, tid, gone: false, orphans: [], asleep: false }));
  }

  /** The live threads of a process, and after them those that are gone. */
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

  /** True where a thread is to be billed now. A new thread that is exiting is not: its exit event bills it. */
  function isCounted(listed: Listed): boolean {
    const { process, tid, gone } = listed;
    if (gone || process.ended) return false;
    if (tid === process.tgid && process.leaderEnded) return isTakenOver(process);
    if (process.threads.has(tid)) return true;
    const stat = proc.readThreadStat(process.tgid, tid);
    if (stat === undefined) pollAgain(process);
    listed.asleep = stat !== undefined && isAsleep(stat);
    return !exitsUp() || stat?.exiting === false;
  }

  /** Finds the row that the leader's figures continue. @returns false where that fails this time: they are billed the next time */
  function findLeaderRow(process: Process, totals: Totals, orphans: readonly number[]): boolean {
    if (!process.leaderEnded) {
      biller.inheritRow(process, totals, orphans);
      return true;
    }
    // Listed again: the thread that took the id over may have had its own id still when the threads were listed before.
    const tids = proc.listThreads(process.tgid);
    if (tids === undefined) {
      pollAgain(process);
      return false;
    }
    biller.takeOverLeader(process, totals, findGone(process, new Set(tids)));
    process.leaderEnded = false;
    return true;
  }

  /** No exit event may be billed in here: if a thread exits after `isCounted`, its event bills the rest afterwards. */
  function pollSlice(slice: readonly Listed[]): void {
    const counted = slice.filter(isCounted);
    const ids = counted.map(({ tid }) => tid);
    ask("pid", ids, (index, reception) => {
      const { thread, tgid } = reception;
      const { process, orphans, asleep } = counted[index] as Listed;
      // The id was listed some slices ago, and may belong to another process by now.
      if (tgid !== undefined && tgid !== process.tgid) return;
      if (thread.id === process.tgid && !findLeaderRow(process, thread.values, orphans)) return;
      biller.billThread(process, readRecord(reception), asleep);
    });
    // Rows of gone threads are dropped last, and not while an exited leader may still be taken over: its figures may continue such a row.
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
