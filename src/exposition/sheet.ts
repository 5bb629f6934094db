/** A metric as it was written on the page before, and where each of its series stands in it. Pure. */

import { isSameSeries, type SeriesRows } from "./gathered-series.ts";
import type { Labels } from "./series.ts";

export interface Sheet extends SeriesRows {
  /** How many series these are for a scraper: a histogram may be one, or a line for each bucket. */
  readonly shownCount: number;
  /**
   * By position of a group on the page the index of the group's first series; one more index for the end. Undefined where there are
   * other series than those of groups, in the order of the groups.
   */
  readonly starts: Uint32Array | undefined;
  /** Where the number of each counter or gauge begins and ends in `body`. For a histogram both are its end. */
  readonly numberBegins: Uint32Array;
  readonly numberEnds: Uint32Array;
  /** Where each series ends in `body`. */
  readonly ends: Uint32Array;
  readonly headEnd: number;
  /** Head and series. */
  readonly body: Buffer;
  /** What a scraper gets: the body, framed as the format wants it. */
  readonly bytes: Buffer;
}

/** Where a series begins in the body. */
export const beginOf = ({ ends, headEnd }: Sheet, index: number): number =>
  index === 0 ? headEnd : (ends[index - 1] as number);

/** Finds where each group's series begin: see `Sheet.starts`. @param groups the labels of all groups on the page, in its order */
export function findStarts(labels: readonly Labels[], count: number, groups: readonly Labels[]): Sheet["starts"] {
  const starts = new Uint32Array(groups.length + 1);
  let index = 0;
  groups.forEach((group, position) => {
    starts[position] = index;
    while (index < count && labels[index] === group) index++;
  });
  starts[groups.length] = index;
  return index === count ? starts : undefined;
}

/** Finds the first series of each group. The series of a group are together. */
function indexGroups(labels: readonly Labels[]): Map<Labels, number> {
  const begins = new Map<Labels, number>();
  labels.forEach((group, index) => {
    if (!begins.has(group)) begins.set(group, index);
  });
  return begins;
}

/**
 * Creates a function that finds the series `series[index]` on a sheet, also where groups came, went or moved.
 *
 * @returns the index on the sheet, or -1. The function tries the index `likely` first.
 */
export function createFinder(sheet: Sheet): (series: SeriesRows, index: number, likely: number) => number {
  const { labels } = sheet;
  let begins: Map<Labels, number> | undefined;
  return (series, index, likely) => {
    if (isSameSeries(series, index, sheet, likely)) return likely;
    begins ??= indexGroups(labels);
    const group = series.labels[index] as Labels;
    for (let at = begins.get(group) ?? labels.length; labels[at] === group; at++) {
      if (isSameSeries(series, index, sheet, at)) return at;
    }
    return -1;
  };
}
