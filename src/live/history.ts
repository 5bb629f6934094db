/**
 * The rates of each group over the last 15 minutes, in rings. A ring exists only for what happened: a group that sleeps takes no
 * memory beyond its last figures, and one that runs, waits for a CPU and exits takes 4 KB. Pure.
 */

import type { Account } from "../account/account.ts";
import type { GroupFigures } from "../exposition/page.ts";
import { averageColumns, type Sampled } from "./columns.ts";
import { computeRates, rateKinds, readGrown, type RateKind, type Rates } from "./rates.ts";

/** How far back plots reach, in seconds. */
export const historySeconds = 900;

/**
 * A sample each 5 s. Where samples are further apart, the rings hold a longer time, of which 15 minutes are shown; where they are
 * closer together, the rings hold less.
 */
export const sampleSeconds = 5;

const slotCount = historySeconds / sampleSeconds;

/** The average of each column of a plot, by what happened in it; a column in which nothing was sampled is NaN. */
export type Plot = ReadonlyMap<RateKind, readonly number[]>;

export interface History {
  /** Samples all groups. The first sample is the baseline of those that follow. */
  note(groups: readonly GroupFigures[], nowSeconds: number): void;
  /** Seconds between the last two samples; undefined before there are two. */
  readonly span: number | undefined;
  /** The rates between the last two samples. Zeros for a group that was not sampled then. */
  ratesOf(account: Account): Rates;
  /** The last 15 minutes in columns of equal length, the newest last. A kind of which nothing happened is left out. */
  plot(account: Account, columns: number): Plot;
}

interface Row {
  /** The number of the last sample of the group. */
  sample: number;
  rates: Rates;
  /** One for each of `rateKinds`; undefined where nothing has happened for as long as the rings reach. */
  readonly rings: (Float32Array | undefined)[];
  /** The number of the last sample in which something happened, by kind. */
  readonly happened: Int32Array;
}

const nothing: Rates = new Float64Array(rateKinds.length);

/** @param cpus how many CPUs the machine has */
export function createHistory(cpus: number): History {
  /** By account, for as long as it lives: a group that leaves the page and comes back goes on. */
  const rows = new WeakMap<Account, Row>();
  /** When the sample of each slot was taken, and the seconds since the one before. */
  const times = new Float64Array(slotCount).fill(-Infinity);
  const spans = new Float64Array(slotCount);
  let samples = 0;
  let lastSeconds = 0;

  const createRow = (): Row => ({
    sample: samples,
    rates: nothing,
    rings: rateKinds.map(() => undefined),
    happened: new Int32Array(rateKinds.length).fill(-slotCount),
  });

  /** Clears the slots of samples that were taken while the group was on no page. Nothing happened in it then. */
  function clearMissed(row: Row): void {
    const missed = Math.min(samples - row.sample - 1, slotCount);
    for (const ring of row.rings)
      for (let back = 1; back <= missed; back++) if (ring) ring[(samples - back) % slotCount] = 0;
  }

  function keep(row: Row): void {
    for (let kind = 0; kind < rateKinds.length; kind++) {
      const rate = row.rates[kind] as number;
      if (rate > 0) {
        row.rings[kind] ??= new Float32Array(slotCount);
        row.happened[kind] = samples;
      } else if (samples - (row.happened[kind] as number) >= slotCount) row.rings[kind] = undefined;
      const ring = row.rings[kind];
      if (ring !== undefined) ring[samples % slotCount] = rate;
    }
  }

  function noteGroup(group: GroupFigures, seconds: number): void {
    const { account } = group;
    const grown = readGrown(group);
    const row = rows.get(account) ?? createRow();
    rows.set(account, row);
    if (samples > 0) {
      clearMissed(row);
      // A group that appears after the first sample began with zeros.
      row.rates = computeRates(account.sampled ?? nothing, grown, { seconds, cpus });
      keep(row);
    }
    account.sampled = grown;
    row.sample = samples;
  }

  /** The samples of a ring that reach into the last 15 minutes. */
  function* samplesOf(ring: Float32Array): Generator<Sampled> {
    for (let slot = 0; slot < slotCount; slot++) {
      const to = historySeconds - (lastSeconds - (times[slot] as number));
      if (to > 0) yield { from: to - (spans[slot] as number), to, value: ring[slot] as number };
    }
  }

  return {
    note(groups, nowSeconds) {
      // Two samples at one moment would divide by zero.
      const seconds = Math.max(nowSeconds - lastSeconds, 0.001);
      for (const group of groups) noteGroup(group, seconds);
      if (samples > 0) {
        times[samples % slotCount] = nowSeconds;
        spans[samples % slotCount] = seconds;
      }
      lastSeconds = nowSeconds;
      samples++;
    },
    get span() {
      return samples < 2 ? undefined : spans[(samples - 1) % slotCount];
    },
    ratesOf(account) {
      const row = rows.get(account);
      return row === undefined || row.sample !== samples - 1 ? nothing : row.rates;
    },
    plot(account, columns) {
      const plot = new Map<RateKind, readonly number[]>();
      const row = rows.get(account);
      if (row === undefined) return plot;
      // A group that was not in the last sample has old figures in the slots that were written since.
      clearMissed(row);
      for (const [index, kind] of rateKinds.entries()) {
        const ring = row.rings[index];
        if (ring === undefined) continue;
        const averages = averageColumns(samplesOf(ring), { columns, seconds: historySeconds });
        if (averages.some((average) => average > 0)) plot.set(kind, averages);
      }
      return plot;
    },
  };
}
