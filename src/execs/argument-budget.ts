/**
 * How much of long arguments the watching thread tells: each is copied into a message and out of it, and any user can start hundreds
 * of programs with half a megabyte of them in a second. What is beyond is told without, as if it had been looked at too late; of
 * a process that lives on, /proc is read. Short arguments are always told. Pure: who uses it says what time it is.
 */

import type { ProcessSnapshot } from "./exec-watcher.ts";
import { freeCharacters, measureArguments } from "./kept-arguments.ts";

/** Characters that may be told at once, and each second after that. */
const limits = { burst: 4 * 2 ** 20, perSecond: 2 ** 20 } as const;

/** @returns what may be told of a sighting */
export function createArgumentBudget(nowUs: () => number): (snapshot: ProcessSnapshot) => ProcessSnapshot {
  let left: number = limits.burst;
  let atUs = nowUs();

  function refill(): void {
    const now = nowUs();
    left = Math.min(limits.burst, left + ((now - atUs) / 1e6) * limits.perSecond);
    atUs = now;
  }

  return (snapshot) => {
    const characters = measureArguments(snapshot.argv ?? []);
    if (characters <= freeCharacters) return snapshot;
    refill();
    if (characters > left) return { ...snapshot, argv: undefined };
    left -= characters;
    return snapshot;
  };
}
