/** How one format writes the parts of a metric. */

import type { Scratch } from "./scratch.ts";
import type { HistogramShape, Labels, MetricHead, ShownHistogram } from "./series.ts";

/** A series and the metric to which it belongs. */
export interface SeriesPlace {
  readonly head: MetricHead;
  /** Of the group. */
  readonly labels: Labels;
  /** When the counter was 0, in seconds since 1970; NaN where that is not known. */
  readonly created: number;
}

export interface SeriesEncoder {
  /** What comes before the first series. */
  writeHead(scratch: Scratch, head: MetricHead): void;
  /** A counter or gauge up to its number. */
  beginValue(scratch: Scratch, place: SeriesPlace, own: Labels): void;
  writeNumber(scratch: Scratch, value: number): void;
  /** Writes another number in the place of one. Absent where numbers have different lengths. */
  readonly overwriteNumber?: (scratch: Scratch, at: number, value: number) => void;
  /** What comes after the number. */
  endValue(scratch: Scratch, place: SeriesPlace): void;
  writeHistogram(scratch: Scratch, place: SeriesPlace, histogram: ShownHistogram, shape: HistogramShape): void;
  /** As how many series the format counts a histogram. */
  countHistogram(shape: HistogramShape): number;
  /** Takes a metric out of the scratch. @returns how a scraper gets it, and a view of what was in the scratch */
  take(scratch: Scratch): { readonly bytes: Buffer; readonly body: Buffer };
}
