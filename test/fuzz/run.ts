/** Gives a target inputs, keeps those that led to something new, and stops at the first that breaks a property. */

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

/** No input may take longer, in milliseconds: all are some kilobytes. Far above what a busy machine takes. */
const mostMs = 5000;

/** What one outcome may be, so that a target that tells inputs apart too finely does not fill the memory. */
const mostOutcomes = 10_000;

export interface Run {
  /** Inputs so far. */
  readonly count: number;
  readonly outcomes: number;
  readonly slowestMs: number;
  /** Gives it so many inputs. @throws Find */
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

/** @param seed decides all inputs; the corpus's files are inputs to begin with, as the target's seeds are */
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
      // The clock is asked for each hundred, which cost more than it does.
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
