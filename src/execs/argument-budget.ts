/**
 * Limits how many long arguments the watcher's thread reports. All of them are copied into messages and out again, and any user
 * can start hundreds of programs with half a megabyte of arguments in a second. A snapshot beyond the limit loses its arguments, as
 * if it had been read too late; the exporter reads those of a live process from /proc. Short arguments are never dropped. Pure.
 */

import type { ProcessSnapshot } from "./exec-watcher.ts";
import { freeCharacters, measureArguments } from "./kept-arguments.ts";

/** Characters that may be reported at once, and in each second after that. */
const limits = { burst: 4 * 2 ** 20, perSecond: 2 ** 20 } as const;

/** @returns a function that gives back the snapshot as it is, or a copy without arguments */
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
