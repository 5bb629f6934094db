/**
 * The backlog: processes that started a program and that the watcher's thread has not reported yet. It is in shared memory: when the
 * thread is stuck in a read, its successor reports them.
 */

import { pulseBytes } from "../procfs/pulse.ts";

/** Processes in the backlog, at most. The thread reports sooner than it has seen that many. */
export const backlogLimit = 1024;

/** Indexes of the words in the memory: the pulse comes first, the ids come last. */
const at = { cautious: pulseBytes / 4, count: pulseBytes / 4 + 1, ids: pulseBytes / 4 + 2 } as const;

export interface Backlog {
  /** Adds processes. Those beyond the limit are dropped. */
  note(tgids: readonly number[]): void;
  /** Called when all of them have been reported. */
  clear(): void;
  list(): readonly number[];
  /** True where too many threads are stuck: files whose read may block are then not read. */
  cautious: boolean;
}

/** Creates memory for a pulse and a backlog. */
export function createWatchMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(4 * (at.ids + backlogLimit));
}

export function openBacklog(memory: SharedArrayBuffer): Backlog {
  const words = new Int32Array(memory);
  return {
    note(tgids) {
      const count = words[at.count] as number;
      const kept = tgids.slice(0, backlogLimit - count);
      words.set(kept, at.ids + count);
      Atomics.store(words, at.count, count + kept.length);
    },
    clear: () => void Atomics.store(words, at.count, 0),
    list: () => [...words.subarray(at.ids, at.ids + Atomics.load(words, at.count))],
    get cautious() {
      return Atomics.load(words, at.cautious) !== 0;
    },
    set cautious(value) {
      Atomics.store(words, at.cautious, Number(value));
    },
  };
}
