/** Gives a target inputs, keeps those with a new outcome, and stops at the first that breaks a property. */

import { createMutator, type Mutator } from "./mutator.ts";
import type { Outcome, Target } from "./target.ts";

/** An input that broke a property. */
export class Find extends Error {
  readonly input: Uint8Array;

  constructor(target: string, input: Uint8Array, cause: unknown) {
    super(`${target}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`, { cause });
    this.input = input;
  }
}

/** Time limit of one input in milliseconds, far above what a busy machine takes: inputs have some kilobytes. */
const mostMs = 5000;

/** The most outcomes that are kept, so that a target with too many outcomes does not fill the memory. */
const mostOutcomes = 10_000;

export interface Run {
  /** The number of inputs so far. */
  readonly count: number;
  readonly outcomes: number;
  readonly slowestMs: number;
  /** Gives the target so many inputs. @throws Find */
  go(inputs: number): void;
}

/** @throws Find where the input breaks a property */
export function tryInput(target: Target, input: Uint8Array): Outcome {
  try {
    return target.check(input);
  } catch (cause) {
    throw new Find(target.name, input.slice(), cause);
  }
}

/** @param seed decides all inputs. The first ones are the target's seeds and the files of the corpus */
export function createRun(target: Target, seed: number, corpus: readonly Uint8Array[]): Run {
  const { words, maxBytes } = target;
  const mutator: Mutator = createMutator({ seed, seeds: [...target.seeds, ...corpus], words, maxBytes });
  const outcomes = new Set<Outcome>();
  let count = 0;
  let slowestMs = 0;

  function one(): void {
    const input = mutator.buffer.subarray(0, mutator.next());
    const outcome = tryInput(target, input);
    count++;
    if (outcomes.has(outcome) || outcomes.size >= mostOutcomes) return;
    outcomes.add(outcome);
    mutator.learn(input);
  }

  return {
    get count() {
      return count;
    },
    get outcomes() {
      return outcomes.size;
    },
    get slowestMs() {
      return slowestMs;
    },
    go(inputs) {
      // The clock is read once for a hundred inputs, which take longer than that.
      for (let done = 0; done < inputs; done += 100) {
        const from = performance.now();
        for (let left = Math.min(100, inputs - done); left > 0; left--) one();
        const ms = performance.now() - from;
        slowestMs = Math.max(slowestMs, ms);
        if (ms > mostMs) throw new Error(`${target.name}: a hundred inputs took ${ms.toFixed(0)} ms`);
      }
    },
  };
}
