/** What the watcher saw: of processes that are not tracked yet, until they are or have ended, and which program each runs. */

import type { Counters } from "../counters.ts";
import type { ExecWatcher, Look, Sighting, WatchVisitor } from "./exec-watcher.ts";
import { freeCharacters } from "./kept-arguments.ts";
import { createLineage, type Lineage } from "./lineage.ts";

export interface Execs {
  /** True where programs are watched as they are started. */
  readonly watching: boolean;
  /** True where the watcher comes too late for some, since it has no priority. */
  readonly tardy: boolean;
  /** Which program each process runs, as far as the watcher could tell. */
  readonly lineage: Lineage;
  /** Takes over what was seen since the last time. */
  note(): void;
  /** The latest exec of a process that is not tracked. */
  find(tgid: number): Sighting | undefined;
  /** Forgets what was seen of a process that has ended, unless that is of another one by now. */
  forget(sighting: Sighting): void;
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

export interface ExecsOptions {
  /** Told of each exec. @returns true where the process is tracked */
  readonly onExec: (sighting: Sighting) => boolean;
  /** Told of each look at a forked process. */
  readonly onLook: (look: Look) => void;
  readonly counters: Counters;
}

/**
 * Characters kept between two calls of `age`; what is seen beyond is not kept, as if it had not been seen. Programs with long
 * arguments have a room of their own: any user can start some hundreds, which must not push the short ones out.
 */
const budgets = { short: 16 * 2 ** 20, long: 8 * 2 ** 20 } as const;

/** What a sighting takes besides its arguments, in characters. */
const overhead = 256;

const sizeOf = ({ argv = [], cgroups = [] }: Sighting): number =>
  [...argv, ...cgroups].reduce((sum, text) => sum + text.length, overhead);

export function createExecs({ onExec, onLook, counters }: ExecsOptions): Execs {
  const lineage = createLineage();
  let watcher: ExecWatcher | undefined;
  let recent = new Map<number, Sighting>();
  let former = new Map<number, Sighting>();
  const kept = { short: 0, long: 0 };
  let lost = 0;

  function drop(tgid: number): void {
    recent.delete(tgid);
    former.delete(tgid);
  }

  function keep(sighting: Sighting): void {
    counters.execs++;
    lineage.exec(sighting);
    drop(sighting.tgid);
    if (onExec(sighting)) return;
    const size = sizeOf(sighting);
    const room = size > freeCharacters ? "long" : "short";
    if (kept[room] + size > budgets[room]) return;
    kept[room] += size;
    recent.set(sighting.tgid, sighting);
  }

  const find = (tgid: number): Sighting | undefined => recent.get(tgid) ?? former.get(tgid);

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
    get tardy() {
      return watcher?.prompt === false;
    },
    lineage,
    note,
    find,
    forget(sighting) {
      if (find(sighting.tgid) === sighting) drop(sighting.tgid);
    },
    age() {
      former = recent;
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
