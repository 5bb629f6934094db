/** What the exec watcher saw: snapshots of processes that are not tracked, and the lineage of all processes. */

import type { ExecWatcher, Revisit, ProcessSnapshot, WatchVisitor } from "./exec-watcher.ts";
import { freeCharacters } from "./kept-arguments.ts";
import { createLineage, type Lineage } from "./lineage.ts";

export interface ExecHistory {
  /** True while there is an exec watcher. */
  readonly watching: boolean;
  /** True where the watcher has no priority over other threads, so that it is late for some processes. */
  readonly late: boolean;
  /** Which program each process runs, as far as the watcher knows. */
  readonly lineage: Lineage;
  /** Takes from the watcher what it has seen since the last call. */
  note(): void;
  /** The snapshot of the latest exec of a process that is not tracked. */
  find(tgid: number): ProcessSnapshot | undefined;
  /** Forgets the snapshot of a process that has exited; does nothing where its id belongs to a later process by now. */
  forget(snapshot: ProcessSnapshot): void;
  /** Forgets snapshots that are older than the call before. Call it when /proc has been listed: such a process has exited, and its
   * exit event was lost. */
  age(): void;
  /** How many events the kernel dropped since the last call. */
  takeLost(): number;
  /** Resolves when all execs before the call have been noted, or when that takes too long. */
  caughtUp(): Promise<void>;
  /** Changes the watcher, or goes on without one. The watcher before is closed when it has reported all that it saw. */
  configure(watcher: ExecWatcher | undefined): Promise<void>;
  /** Takes what is left, and closes the watcher. */
  close(): void;
}

/** The counters of the exec watcher. */
export interface ExecCounters {
  execs: number;
  execsLost: number;
}

export interface ExecHistoryOptions {
  /** Called for each exec. @returns true where the process is tracked, so that its snapshot need not be kept */
  readonly onExec: (snapshot: ProcessSnapshot) => boolean;
  /** Called for each revisit. */
  readonly onRevisit: (revisit: Revisit) => void;
  readonly counters: ExecCounters;
}

/**
 * Characters that are kept between two calls of `age`. A snapshot beyond that is dropped, as if the watcher had not seen it. Long
 * arguments have a budget of their own: any user can start hundreds of such programs, and short ones must still be kept.
 */
const budgets = { short: 16 * 2 ** 20, long: 8 * 2 ** 20 } as const;

/** What a snapshot takes besides its texts, in characters. */
const overhead = 256;

const sizeOf = ({ argv = [], cgroups = [] }: ProcessSnapshot): number =>
  [...argv, ...cgroups].reduce((sum, text) => sum + text.length, overhead);

export function createExecHistory({ onExec, onRevisit, counters }: ExecHistoryOptions): ExecHistory {
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
    revisit(revisit) {
      lineage.revisit(revisit);
      onRevisit(revisit);
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
      // Nobody saw the forks between the two watchers: the lineage would be wrong.
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
