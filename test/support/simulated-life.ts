/**
 * Simulates a thread's life on a CPU and the last record that the kernel makes of it: the kernel brings its sum up
 * to date when the thread is given the CPU and at each tick, and a tick charges the thread that runs. Pure.
 */

import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";

/** One run, with the sleep and the wait before it, in nanoseconds. */
export interface Stint {
  /** Sleep before the run; 0 where the thread was preempted or is new. */
  readonly sleep: number;
  /** Wait for the CPU after the sleep. */
  readonly wait: number;
  readonly run: number;
  /** The wait goes on until the next tick, which ends the turn of another thread. */
  readonly fromTick?: boolean;
}

export interface LifeOptions {
  readonly tickNs: number;
  /** Time between the last tick and the thread's start. */
  readonly phase: number;
}

export interface SimulatedLife {
  readonly record: Float64Array;
  /** The true run time. */
  readonly ran: number;
  /** Time from the thread's start to its record. */
  readonly age: number;
}

/** A record of these fields; all others are absent. */
export function createRecordOf(values: Partial<Record<FieldKey, number>>): Float64Array {
  const record = new Float64Array(fields.length).fill(NaN);
  for (const [key, value] of Object.entries(values)) record[slotOf(key as FieldKey)] = value;
  return record;
}

export function simulateLife(stints: readonly Stint[], { tickNs, phase }: LifeOptions): SimulatedLife {
  const life = { now: phase, sum: 0, ran: 0, wait: 0, ticks: 0, sleeps: 0, preemptions: 0 };
  stints.forEach(({ sleep, wait, run, fromTick = false }, index) => {
    if (sleep > 0) life.sleeps++;
    else if (index > 0) life.preemptions++;
    const ready = life.now + sleep + wait;
    const begin = fromTick ? Math.ceil(ready / tickNs) * tickNs : ready;
    const end = begin + run;
    // A tick at the moment of the start charged the thread that ran before.
    const lastTick = Math.floor(end / tickNs) * tickNs;
    life.ticks += Math.floor(end / tickNs) - Math.floor(begin / tickNs);
    life.wait += begin - life.now - sleep;
    life.ran += run;
    const isLast = index === stints.length - 1;
    life.sum += isLast ? Math.max(lastTick - begin, 0) : run;
    life.now = end;
  });
  const record = createRecordOf({
    cpu_run_virtual_total: life.sum,
    cpu_count: stints.length,
    cpu_delay_total: life.wait,
    ac_etime: Math.floor((life.now - phase) / 1000),
    ac_utime: (life.ticks * tickNs) / 1000,
    ac_stime: 0,
    nvcsw: life.sleeps,
    nivcsw: life.preemptions,
  });
  return { record, ran: life.ran, age: life.now - phase };
}

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
