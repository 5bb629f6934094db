/**
 * What a thread that reads files that may block says of itself in shared memory, so that another one sees when it is stuck and can
 * give it up. A thread that only waits for a CPU is not stuck: its state in /proc tells the two apart.
 */

import { readFileSync, readlinkSync } from "node:fs";
import { parseStat } from "./parse.ts";

/** Where each word is. */
const at = { tid: 0, reading: 1, reads: 2, givenUp: 3 } as const;

/** Bytes of the shared memory. */
export const pulseBytes = 4 * Object.keys(at).length;

/** The thread's side. */
export interface Pulse {
  /** Says that the thread is there, and which one it is. */
  begin(): void;
  /** Does what may block, for the sake of one process. */
  around<T>(tgid: number, read: () => T): T;
  /** Another thread goes on in this one's place: it is to touch nothing any more, and to end. */
  readonly givenUp: boolean;
}

/** The other side. */
export interface PulseView {
  /** The thread runs. */
  readonly begun: boolean;
  /** The process whose file is being read; undefined where none is. */
  readonly reading: number | undefined;
  /** How many reads there have been, modulo 2^32: while it stays the same, the thread is at the same one. */
  readonly reads: number;
  /** The thread is not on a CPU, and waits for none. */
  isAsleep(): boolean;
  /** Watches for so long, without a turn of the event loop, whether the thread is at the same read all the time. */
  isStuckFor(ms: number): boolean;
  giveUp(): void;
}

/** The calling thread's id; 0 where /proc does not say. */
function readOwnTid(): number {
  try {
    return Number(readlinkSync("/proc/thread-self").split("/").at(-1));
  } catch {
    return 0;
  }
}

export function createPulse(memory: SharedArrayBuffer): Pulse {
  const words = new Int32Array(memory, 0, pulseBytes / 4);
  return {
    // No thread has the id 0: where it is not known, -1 stands for it.
    begin: () => void Atomics.store(words, at.tid, readOwnTid() || -1),
    around(tgid, read) {
      Atomics.store(words, at.reading, tgid);
      try {
        return read();
      } finally {
        Atomics.add(words, at.reads, 1);
        Atomics.store(words, at.reading, 0);
      }
    },
    get givenUp() {
      return Atomics.load(words, at.givenUp) !== 0;
    },
  };
}

export function viewPulse(memory: SharedArrayBuffer): PulseView {
  const words = new Int32Array(memory, 0, pulseBytes / 4);
  return {
    get begun() {
      return Atomics.load(words, at.tid) !== 0;
    },
    get reading() {
      return Atomics.load(words, at.reading) || undefined;
    },
    get reads() {
      return Atomics.load(words, at.reads);
    },
    isAsleep() {
      try {
        const state = parseStat(readFileSync(`/proc/self/task/${Atomics.load(words, at.tid)}/stat`, "latin1"))?.state;
        return state !== "R";
      } catch (error) {
        // Where it cannot be looked at for another reason than that it has ended, nothing is known: it is given its time.
        return ["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "");
      }
    },
    isStuckFor(ms) {
      const reads = Atomics.load(words, at.reads);
      if (Atomics.load(words, at.reading) === 0) return false;
      // Nobody wakes who waits here: it is a sleep.
      Atomics.wait(words, at.reads, reads, ms);
      return Atomics.load(words, at.reads) === reads;
    },
    giveUp: () => void Atomics.store(words, at.givenUp, 1),
  };
}
