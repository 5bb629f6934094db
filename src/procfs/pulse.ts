/**
 * A heartbeat in shared memory. A thread whose reads may block writes what it is reading; another thread sees there when it is
 * stuck, and gives it up. A thread that only waits for a CPU is not stuck; its state in /proc shows the difference.
 */

import { readFileSync, readlinkSync } from "node:fs";
import { parseStat } from "./parse.ts";

/** Index of each word. */
const at = { tid: 0, reading: 1, reads: 2, givenUp: 3 } as const;

/** Size of the shared memory in bytes. */
export const pulseBytes = 4 * Object.keys(at).length;

/** The side of the thread that reads. */
export interface Pulse {
  /** Writes the id of the calling thread: it has begun. */
  begin(): void;
  /** Runs a read that may block, of a file of the process `tgid`. */
  around<T>(tgid: number, read: () => T): T;
  /** True once this thread was given up: it must touch no shared memory any more, and return. */
  readonly givenUp: boolean;
}

/** The side of the thread that watches the reading one. */
export interface PulseView {
  /** The reading thread has begun. */
  readonly begun: boolean;
  /** The process whose file is being read; undefined between reads. */
  readonly reading: number | undefined;
  /** Number of finished reads, modulo 2^32. While it stays the same, the thread is in the same read. */
  readonly reads: number;
  /** Whether the reading thread sleeps: it neither runs on a CPU nor waits for one. */
  isAsleep(): boolean;
  /** Blocks for this time at most. @returns whether the reading thread has been in the same read all the time */
  isStuckFor(ms: number): boolean;
  giveUp(): void;
}

/** The calling thread's id; 0 where /proc cannot be read. */
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
    // 0 would mean that the thread has not begun, so -1 stands for an unknown id.
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
        // A thread that has exited counts as asleep. Other errors tell nothing of the thread, so it is not taken for stuck.
        return ["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "");
      }
    },
    isStuckFor(ms) {
      const reads = Atomics.load(words, at.reads);
      if (Atomics.load(words, at.reading) === 0) return false;
      // A sleep: nothing notifies this word.
      Atomics.wait(words, at.reads, reads, ms);
      return Atomics.load(words, at.reads) === reads;
    },
    giveUp: () => void Atomics.store(words, at.givenUp, 1),
  };
}
