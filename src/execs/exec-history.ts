/** What the watcher saw: of processes that are not tracked yet, until they are or have ended, and which program each runs. */

import type { ExecWatcher, Revisit, ProcessSnapshot, WatchVisitor } from "./exec-watcher.ts";
import { freeCharacters } from "./kept-arguments.ts";
import { createLineage, type Lineage } from "./lineage.ts";

export interface ExecHistory {
  /** True where programs are watched as they are started. */
  readonly watching: boolean;
  /** True where the watcher comes too late for some, since it has no priority. */
  readonly late: boolean;
  /** Which program each process runs, as far as the watcher could tell. */
  readonly lineage: Lineage;
  /** Takes over what was seen since the last time. */
  note(): void;
  /** The latest exec of a process that is not tracked. */
  find(tgid: number): ProcessSnapshot | undefined;
  /** Forgets what was seen of a process that has ended, unless that is of another one by now. */
  forget(snapshot: ProcessSnapshot): void;
  /** Forgets what was seen before the last but one call: /proc has been listed since, and the event of an end was lost. */
  age(): void;
  /** How many execs the kernel could not tell of since the last call. */
  takeLost(): number;
  /** Resolves when each exec before the call has been noted, or when that takes too long. */
  caughtUp(): Promise<void>;
  /** Goes on with another watcher, or without one, and closes the one before when that has told of all it saw. */
  configure(watcher: ExecWatcher | undefined): Promise<void>;
  /** Watches no more. */
  close(): void;
}

/** What is counted of programs being started. */
export interface ExecCounters {
  execs: number;
  execsLost: number;
}

export interface ExecHistoryOptions {
  /** Told of each exec. @returns true where the process is tracked */
  readonly onExec: (snapshot: ProcessSnapshot) => boolean;
  /** Told of each look at a forked process. */
  readonly onLook: (look: Revisit) => void;
  readonly counters: ExecCounters;
}

/**
 * Characters kept between two calls of `age`; what is seen beyond is not kept, as if it had not been seen. Programs with long
 * arguments have a room of their own: any user can start some hundreds, which must not push the short ones out.
 */
const budgets = { short: 16 * 2 ** 20, long: 8 * 2 ** 20 } as const;

/** What a sighting takes besides its arguments, in characters. */
const overhead = 256;

const sizeOf = ({ argv = [], cgroups = [] }: ProcessSnapshot): number =>
  [...argv, ...cgroups].reduce((sum, text) => sum + text.length, overhead);

export function createExecHistory({ onExec, onLook, counters }: ExecHistoryOptions): ExecHistory {
  const lineage = createLineage();
  let watcher: ExecWatcher | undefined;
  let recent = new Map<number, ProcessSnapshot>();
  let previous = new Map<number, ProcessSnapshot>();
  const kept = { short: 0, long: 0 };
  let lost = 0;

  function drop(tgid: number): void {
    recent.delete(tgid);
    previous.delete(tgid);
  }

  function keep(snapshot: ProcessSnapshot): void {
    counters.execs++;
    lineage.exec(snapshot);
    drop(snapshot.tgid);
    if (onExec(snapshot)) return;
    const size = sizeOf(snapshot);
    const room = size > freeCharacters ? "long" : "short";
    if (kept[room] + size > budgets[room]) return;
    kept[room] += size;
    recent.set(snapshot.tgid, snapshot);
  }

  const find = (tgid: number): ProcessSnapshot | undefined => recent.get(tgid) ?? previous.get(tgid);

  const visitor: WatchVisitor = {
    fork: lineage.fork,
    exec: keep,
    look(look) {
      lineage.look(look);
      onLook(look);
    },
    gap: lineage.clear,
  };

  const note = (): void => watcher?.take(visitor);

  function takeLost(): number {
    const count = (watcher?.lost ?? 0) - lost;
    lost += count;
    counters.execsLost += count;
    return count;
  }

  return {
    get watching() {
      return watcher !== undefined;
    },
    get late() {
      return watcher?.prompt === false;
    },
    lineage,
    note,
    find,
    forget(snapshot) {
      if (find(snapshot.tgid) === snapshot) drop(snapshot.tgid);
    },
    age() {
      previous = recent;
      recent = new Map();
      Object.assign(kept, { short: 0, long: 0 });
    },
    takeLost,
    async caughtUp() {
      await watcher?.caughtUp();
      note();
    },
    async configure(next) {
      const before = watcher;
      await before?.caughtUp();
      note();
      takeLost();
      before?.close();
      watcher = next;
      lost = 0;
      // Nothing was told between the two.
      lineage.clear();
    },
    close() {
      note();
      watcher?.close();
      watcher = undefined;
      lineage.clear();
    },
  };
}
