/**
 * Writes metrics in any format, and remembers what it wrote, since most of what a page says was on the page before. Only groups whose
 * figures have changed are asked for their series. If no series of a metric has changed, the same buffer is returned.
 */

import { createGatheredSeries, isSameSeries } from "./gathered-series.ts";
import type { SeriesEncoder } from "./series-encoder.ts";
import type { GroupChanges, HistogramShape, Labels, MetricHead, MetricWriter, ShownHistogram } from "./series.ts";
import { createComposer, hasSameSeries, type PageSeries } from "./sheet-composer.ts";
import { findStarts, type Sheet } from "./sheet.ts";

const noGroups: GroupChanges = { groups: [], changed: undefined };

export function createSheetWriter(encoder: SeriesEncoder): MetricWriter {
  const sheets = new Map<string, Sheet>();
  const gathered = createGatheredSeries();
  const composer = createComposer(encoder);
  let count = 0;
  let work = 0;

  function countSeries({ count: all, kinds, histograms }: PageSeries): number {
    let shown = 0;
    for (let index = 0; index < all; index++) {
      shown += histograms[index] === undefined ? 1 : encoder.countHistogram(kinds[index] as HistogramShape);
    }
    return shown;
  }

  function copyRows(): Pick<Sheet, "labels" | "kinds" | "created"> {
    const { count: all, labels, kinds, created } = gathered;
    return { labels: labels.slice(0, all), kinds: kinds.slice(0, all), created: created.slice(0, all) };
  }

  /** Makes the sheet of the series that were gathered: all those of the metric. */
  function composeAll(head: MetricHead, former: Sheet | undefined, groups: readonly Labels[]): Sheet {
    const values = gathered.values.slice(0, gathered.count);
    const starts = findStarts(gathered.labels, gathered.count, groups);
    const isSame = former !== undefined && hasSameSeries(gathered, former);
    if (isSame && values.every((value, index) => Object.is(value, former.values[index]))) return { ...former, starts };
    return {
      ...(isSame ? former : copyRows()),
      ...{ values, starts, shownCount: countSeries(gathered) },
      ...composer.compose(head, gathered, former),
    };
  }

  /**
   * Makes the sheet of what was gathered of the groups that changed.
   *
   * @returns undefined where a group has other series than before
   */
  function composeChanged(head: MetricHead, former: Sheet, { changed = [] }: GroupChanges): Sheet | undefined {
    const { starts = new Uint32Array(0) } = former;
    const values = former.values.slice();
    const indexes: number[] = [];
    const histograms: (ShownHistogram | undefined)[] = [];
    let at = 0;
    for (const position of changed) {
      const end = starts[position + 1] as number;
      for (let index = starts[position] as number; index < end; index++, at++) {
        if (at === gathered.count || !isSameSeries(gathered, at, former, index)) return undefined;
        const value = gathered.values[at] as number;
        if (Object.is(value, values[index])) continue;
        values[index] = value;
        indexes.push(index);
        histograms.push(gathered.histograms[at]);
      }
    }
    if (at !== gathered.count) return undefined;
    return indexes.length === 0
      ? former
      : { ...former, values, ...composer.update(head, former, { indexes, values, histograms }) };
  }

  return {
    get count() {
      return count;
    },
    get work() {
      return work;
    },
    write(head, fill, changes = noGroups) {
      const gather = (groups: "all" | "changed"): void => {
        gathered.clear();
        fill(gathered.sink, groups);
        work += countSeries(gathered);
      };
      const former = sheets.get(head.name);
      let sheet: Sheet | undefined;
      if (former?.starts !== undefined && changes.changed !== undefined) {
        gather("changed");
        sheet = composeChanged(head, former, changes);
      }
      if (sheet === undefined) {
        gather("all");
        sheet = composeAll(head, former, changes.groups);
      }
      sheets.set(head.name, sheet);
      count += sheet.shownCount;
      return sheet.labels.length === 0 ? undefined : sheet.bytes;
    },
  };
}
