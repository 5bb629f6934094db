/**
 * Writes the sheet of a metric. What the sheet of the page before has is copied in pieces as long as possible; only numbers that changed
 * and new series are written.
 */

import { isSameSeries, type GatheredSeries, type SeriesRows } from "./gathered-series.ts";
import { createPatches, createPieces } from "./pieces.ts";
import { Scratch } from "./scratch.ts";
import type { SeriesEncoder } from "./series-encoder.ts";
import type { HistogramShape, Labels, MetricHead, ShownHistogram } from "./series.ts";
import { beginOf, createFinder, type Sheet } from "./sheet.ts";

/** The series of a metric on this page. */
export type PageSeries = SeriesRows & Pick<GatheredSeries, "count" | "histograms">;

export type ComposedSheet = Pick<Sheet, "numberBegins" | "numberEnds" | "ends" | "headEnd" | "body" | "bytes">;

/** Series of a sheet that are to be written anew. */
export interface SheetUpdate {
  /** Ascending. */
  readonly indexes: readonly number[];
  /** New values of all series of the sheet. */
  readonly values: Float64Array;
  /** For each of `indexes`; undefined for a counter or gauge. */
  readonly histograms: readonly (ShownHistogram | undefined)[];
}

export interface Composer {
  /** Writes series, those of the former sheet with what can be copied from it. */
  compose(head: MetricHead, series: PageSeries, former: Sheet | undefined): ComposedSheet;
  /** Writes the series of the sheet in their order, some of them with other values. */
  update(head: MetricHead, sheet: Sheet, update: SheetUpdate): ComposedSheet;
}

/** Where the series stand once the number or histogram of each of `indexes` has become longer, all up to it together by `growths`. */
function movePlaces(
  sheet: Sheet,
  indexes: readonly number[],
  growths: Int32Array,
): Omit<ComposedSheet, "bytes" | "body"> {
  const { headEnd } = sheet;
  if (growths.every((growth) => growth === 0)) {
    return { numberBegins: sheet.numberBegins, numberEnds: sheet.numberEnds, ends: sheet.ends, headEnd };
  }
  const [numberBegins, numberEnds] = [sheet.numberBegins.slice(), sheet.numberEnds.slice()];
  const ends = sheet.ends.slice();
  let growth = 0;
  let next = 0;
  for (let index = indexes[0] ?? 0; index < ends.length; index++) {
    numberBegins[index] = (numberBegins[index] as number) + growth;
    if (index === indexes[next]) growth = growths[next++] as number;
    numberEnds[index] = (numberEnds[index] as number) + growth;
    ends[index] = (ends[index] as number) + growth;
  }
  return { numberBegins, numberEnds, ends, headEnd };
}

export function createComposer(encoder: SeriesEncoder): Composer {
  const scratch = new Scratch();
  const numbers = new Scratch();
  const nothing = Buffer.alloc(0);

  function update(head: MetricHead, sheet: Sheet, { indexes, values, histograms }: SheetUpdate): ComposedSheet {
    const { labels, kinds, created, numberBegins, numberEnds, ends, body } = sheet;
    if (encoder.overwriteNumber !== undefined && head.type !== "histogram") {
      scratch.copy(body, 0, body.length);
      for (const index of indexes)
        encoder.overwriteNumber(scratch, numberBegins[index] as number, values[index] as number);
      return { numberBegins, numberEnds, ends, headEnd: sheet.headEnd, ...encoder.take(scratch) };
    }
    const growths = new Int32Array(indexes.length);
    const patches = createPatches(scratch, numbers, body);
    for (let at = 0; at < indexes.length; at++) {
      const index = indexes[at] as number;
      const histogram = histograms[at];
      if (histogram === undefined) {
        const begin = numbers.length;
        encoder.writeNumber(numbers, values[index] as number);
        patches.replace(numberBegins[index] as number, numberEnds[index] as number, begin);
      } else {
        patches.copyTo(beginOf(sheet, index));
        const place = { head, labels: labels[index] as Labels, created: created[index] as number };
        encoder.writeHistogram(scratch, place, histogram, kinds[index] as HistogramShape);
        patches.skipTo(ends[index] as number);
      }
      growths[at] = patches.growth;
    }
    patches.copyTo(body.length);
    return { ...movePlaces(sheet, indexes, growths), ...encoder.take(scratch) };
  }

  function compose(head: MetricHead, series: PageSeries, former: Sheet | undefined): ComposedSheet {
    const { count, labels, kinds, values, created, histograms } = series;
    const [numberBegins, numberEnds] = [new Uint32Array(count), new Uint32Array(count)];
    const ends = new Uint32Array(count);
    encoder.writeHead(scratch, head);
    const headEnd = scratch.length;
    const pieces = createPieces(scratch, former?.body ?? nothing);

    function write(index: number): void {
      pieces.flush();
      const place = { head, labels: labels[index] as Labels, created: created[index] as number };
      const histogram = histograms[index];
      if (histogram === undefined) {
        encoder.beginValue(scratch, place, kinds[index] as Labels);
        numberBegins[index] = scratch.length;
        encoder.writeNumber(scratch, values[index] as number);
        numberEnds[index] = scratch.length;
        encoder.endValue(scratch, place);
      } else {
        encoder.writeHistogram(scratch, place, histogram, kinds[index] as HistogramShape);
        numberBegins[index] = numberEnds[index] = scratch.length;
      }
      ends[index] = scratch.length;
    }

    /** @param known the index of the same series on the former sheet */
    function copy(index: number, known: number, sheet: Sheet): void {
      const [begin, end] = [beginOf(sheet, known), sheet.ends[known] as number];
      const [numberBegin, numberEnd] = [sheet.numberBegins[known] as number, sheet.numberEnds[known] as number];
      const value = values[index] as number;
      numberBegins[index] = pieces.length + numberBegin - begin;
      if (Object.is(value, sheet.values[known])) {
        numberEnds[index] = pieces.length + numberEnd - begin;
        pieces.add(begin, end);
      } else {
        pieces.add(begin, numberBegin);
        pieces.flush();
        encoder.writeNumber(scratch, value);
        numberEnds[index] = scratch.length;
        pieces.add(numberEnd, end);
      }
      ends[index] = pieces.length;
    }

    const find = former && createFinder(former);
    /** The index on the former sheet that comes next if no series came or went. */
    let next = 0;
    for (let index = 0; index < count; index++) {
      const known = find?.(series, index, next) ?? -1;
      const isChangedHistogram =
        known >= 0 && histograms[index] !== undefined && !Object.is(values[index], former?.values[known]);
      if (former === undefined || known < 0 || isChangedHistogram) write(index);
      else copy(index, known, former);
      if (known >= 0) next = known + 1;
    }
    pieces.flush();
    return { numberBegins, numberEnds, ends, headEnd, ...encoder.take(scratch) };
  }

  return { compose, update };
}

/** Whether the sheet has the same series in the same order. */
export function hasSameSeries(series: PageSeries, sheet: Sheet): boolean {
  if (sheet.labels.length !== series.count) return false;
  for (let index = 0; index < series.count; index++) if (!isSameSeries(series, index, sheet, index)) return false;
  return true;
}
