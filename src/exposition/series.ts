/** What a metric consists of before it has a format: its head, and its series one after the other. */

import type { Histogram } from "../account/histogram.ts";

export type Labels = Readonly<Record<string, string | number>>;

export const noLabels: Labels = {};

export type Format = "text" | "openmetrics" | "protobuf";

export interface MetricHead {
  /** With `_total` where it is a counter. */
  readonly name: string;
  readonly help: string;
  readonly type: string;
}

/** What the series of one metric that are histograms have in common. */
export interface HistogramShape {
  /** Labels of the series besides those of the group and `le`. */
  readonly labels: Labels;
  readonly bounds: readonly number[];
}

/** What a histogram of prom-client's has to show; one of a group has exponential buckets too. */
export type ShownHistogram = Pick<Histogram, "counts" | "sum" | "count"> & Partial<Pick<Histogram, "native">>;

/**
 * Takes the series of one metric in their order. Objects of labels and shapes that are the same as on the page before cost least: what
 * was written for them is kept.
 */
export interface SeriesSink {
  /**
   * A series of a counter or a gauge.
   *
   * @param labels of the group
   * @param own the series' own labels, which come after those
   * @param created when the counter was 0, in seconds since 1970; undefined where that is not known
   */
  value(labels: Labels, own: Labels, value: number, created?: number): void;
  histogram(labels: Labels, shape: HistogramShape, histogram: ShownHistogram, created?: number): void;
}

/** Which groups of a page are not what they were on the page that a writer wrote before. */
export interface GroupChanges {
  /** The labels of all groups, in the order of the page. */
  readonly groups: readonly Labels[];
  /** Positions of the groups that changed, ascending. Undefined where all may have changed, or where groups came, went or moved. */
  readonly changed: readonly number[] | undefined;
}

/** Writes metrics in one format. */
export interface MetricWriter {
  /** Series that have been written: lines in a format of lines. */
  readonly count: number;
  /** Series that the writer has asked for. Those of groups that have not changed are not asked for again. */
  readonly work: number;
  /**
   * Writes a metric's head and series.
   *
   * @param fill gives the series of all groups and all others, or only those of the groups that changed and all others
   * @returns undefined where it gave none: absent is not zero. The buffer may be one that was returned before.
   */
  write(
    head: MetricHead,
    fill: (sink: SeriesSink, groups: "all" | "changed") => void,
    changes?: GroupChanges,
  ): Buffer | undefined;
}
