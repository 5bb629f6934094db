/** Asks for each thread of processes that have several, and keeps their rows in step with the threads that there are. */

import type { ProcReader } from "../procfs/read.ts";
import type { Ask } from "./ask.ts";
import type { Biller } from "./biller.ts";
import type { Process } from "./process.ts";

export interface ThreadPoller {
  /** Polls and bills the threads of these processes. @throws ExporterError as `Ask` */
  poll(several: readonly Process[]): void;
}

export interface ThreadPollerOptions {
  readonly ask: Ask;
  readonly biller: Biller;
  readonly proc: ProcReader;
  readonly exitsUp: () => boolean;
  /** Bills the exit events that are queued. */
  readonly drainExits: () => void;
}

export function createThreadPoller({ ask, biller, proc, exitsUp, drainExits }: ThreadPollerOptions): ThreadPoller {
  /**
   * Where the leader ended first it stays as a zombie until the process ends, and its figures are settled. Where it is
   * alive all the same, another thread has exec'd and taken over its id; that thread's row goes on under the new id.
   */
  function takeOverLeader(process: Process, present: ReadonlySet<number>): void {
    if (!process.leaderEnded || proc.readStat(process.tgid)?.exiting !== false) return;
    process.leaderEnded = false;
    biller.takeOverLeader(
      process,
      [...process.threads].filter(([tid]) => !present.has(tid)),
    );
  }

  /** Threads that have a row and are gone: their events are queued, or were lost. */
  function findGone(process: Process, present: ReadonlySet<number>): number[] {
    return [...process.threads.keys()].filter((tid) => !present.has(tid));
  }

  /** A thread without a row is new; one that is ending has sent its exit event or will, and is left to that. */
  function isCounted(process: Process, tid: number): boolean {
    if (tid === process.tgid && process.leaderEnded) return false;
    if (process.threads.has(tid) || !exitsUp()) return true;
    return proc.readThreadStat(process.tgid, tid)?.exiting === false;
  }

  function listThreads(process: Process): { readonly counted: readonly number[]; readonly gone: readonly number[] } {
    const tids = proc.listThreads(process.tgid);
    const present = new Set(tids);
    if (findGone(process, present).length > 0) {
      drainExits();
      if (process.ended) return { counted: [], gone: [] };
    }
    takeOverLeader(process, present);
    process.threadCount = tids.length - (process.leaderEnded ? 1 : 0);
    return { counted: tids.filter((tid) => isCounted(process, tid)), gone: findGone(process, present) };
  }

  function poll(several: readonly Process[]): void {
    const owners: Process[] = [];
    const ids: number[] = [];
    const drops: (() => void)[] = [];
    for (const process of several) {
      const { counted, gone } = listThreads(process);
      for (const tid of counted) {
        owners.push(process);
        ids.push(tid);
      }
      for (const tid of gone) drops.push(() => biller.dropThread(process, tid));
    }
    ask("pid", ids, (index, { thread }) => {
      const process = owners[index] as Process;
      if (!process.ended) biller.billThread(process, thread.id, thread.values);
    });
    // Not before: the leader may continue the row of one that is gone.
    for (const drop of drops) drop();
  }

  return { poll };
}
