/** A clock that stands still until a test moves it, and timers that run by this clock. */

import type { Clock } from "../../src/base/clock.ts";
import type { Timer } from "../../src/base/timer.ts";

export interface FakeTime {
  readonly clock: Clock;
  readonly timer: Timer;
  /** Moves the clock, and calls the actions of all timers that are due, in the order of their times. */
  advance(ms: number): void;
  /** Milliseconds until each timer that is set is due, the next one first. */
  readonly pending: readonly number[];
}

interface Due {
  readonly atMs: number;
  readonly action: () => void;
}

export function createFakeTime(): FakeTime {
  let nowMs = 1_000_000;
  const set = new Set<Due>();
  const sorted = (): Due[] => [...set].sort((a, b) => a.atMs - b.atMs);
  return {
    clock: { monotonicUs: () => nowMs * 1000, unixSeconds: () => nowMs / 1000 },
    timer(ms, action) {
      const due = { atMs: nowMs + ms, action };
      set.add(due);
      return () => set.delete(due);
    },
    advance(ms) {
      nowMs += ms;
      for (const due of sorted().filter(({ atMs }) => atMs <= nowMs)) if (set.delete(due)) due.action();
    },
    get pending() {
      return sorted().map(({ atMs }) => atMs - nowMs);
    },
  };
}
