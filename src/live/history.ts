/**
 * The rates of each group over the last 15 minutes, in rings. A ring exists only for what happened: a group that sleeps takes no
 * memory beyond its last figures, and one that runs, waits for a CPU and exits takes 3 KB. Pure.
 */

import type { Account } from "../account/account.ts";
import type { GroupFigures } from "../exposition/page.ts";
import { computeRates, rateKinds, readGrown, type Grown, type RateKind, type Rates } from "./rates.ts";

/** How far back the rings reach, in seconds. */
export const historySeconds = 900;

/** A sample each 5 s. Where samples are further apart, the rings hold a longer time, of which 15 minutes are shown. */
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
  grown: Grown;
  /** The number of the last sample of the group. */
  sample: number;
  rates: Rates;
  /** One for each of `rateKinds`; undefined where nothing has happened for as long as the rings reach. */
  readonly rings: (Float32Array | undefined)[];
  /** The number of the last sample in which something happened, by kind. */
  readonly happened: Int32Array;
}

const nothing: Grown = new Float64Array(rateKinds.length);

/** @param cpus how many CPUs the machine has */
export function createHistory(cpus: number): History {
  /** By account, for as long as it lives: a group that leaves the page and comes back goes on. */
  const rows = new WeakMap<Account, Row>();
  /** When the sample of each slot was taken, and the seconds since the one before. */
  const times = new Float64Array(slotCount).fill(-Infinity);
  const spans = new Float64Array(slotCount);
  let samples = 0;
  let lastSeconds = 0;

  const createRow = (grown: Grown): Row => ({
    grown,
    sample: samples,
    rates: nothing,
    rings: rateKinds.map(() => undefined),
    happened: new Int32Array(rateKinds.length).fill(-slotCount),
  });

  /** Samples that were taken while the group was on no page. Nothing happened in it then. */
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
    const grown = readGrown(group);
    let row = rows.get(group.account);
    if (row === undefined) {
      // A group that appears after the first sample began with zeros.
      row = createRow(samples === 0 ? grown : nothing);
      rows.set(group.account, row);
    }
    if (samples > 0) {
      clearMissed(row);
      row.rates = computeRates(row.grown, grown, { seconds, cpus });
      keep(row);
    }
    row.grown = grown;
    row.sample = samples;
  }

  /** Spreads each sample of a ring over the columns that its time touches. */
  function average(ring: Float32Array, columns: number): number[] {
    const sums = new Float64Array(columns);
    const weights = new Float64Array(columns);
    const width = historySeconds / columns;
    for (let slot = 0; slot < slotCount; slot++) {
      const end = historySeconds - (lastSeconds - (times[slot] as number));
      const begin = end - (spans[slot] as number);
      for (let column = Math.max(0, Math.floor(begin / width)); column < columns && column * width < end; column++) {
        const seconds = Math.min(end, (column + 1) * width) - Math.max(begin, column * width);
        weights[column] = (weights[column] as number) + seconds;
        sums[column] = (sums[column] as number) + seconds * (ring[slot] as number);
      }
    }
    return Array.from(sums, (sum, column) => sum / (weights[column] as number));
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
      // A group that was not sampled last has old figures in the slots that were written since.
      if (row.sample < samples - 1) clearMissed(row);
      for (const [index, kind] of rateKinds.entries()) {
        const ring = row.rings[index];
        if (ring !== undefined) plot.set(kind, average(ring, columns));
      }
      return plot;
    },
  };
}
