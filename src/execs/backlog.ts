/**
 * What the thread that watches programs has seen and not told yet, in memory that outlasts it: where it is stuck in a read, its
 * successor goes on from there.
 */

import { pulseBytes } from "../procfs/pulse.ts";

/** Processes; told before there are more. */
export const backlogLimit = 1024;

/** Where the words are, and behind them the ids. */
const at = { cautious: pulseBytes / 4, count: pulseBytes / 4 + 1, ids: pulseBytes / 4 + 2 } as const;

export interface Backlog {
  /** Adds processes; those beyond the limit are not kept. */
  note(tgids: readonly number[]): void;
  /** All of them have been told. */
  clear(): void;
  list(): readonly number[];
  /** No thread may be risked any more: what may block is not read. */
  cautious: boolean;
}

/** For a pulse and a backlog. */
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
