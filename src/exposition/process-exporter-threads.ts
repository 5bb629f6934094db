/** From a page's figures by the names of threads to the series that process-exporter would show of them. */

import { fields, slotOf } from "../fields/fields.ts";
import { processExporterThreadCount, processExporterThreadFields } from "../fields/process-exporter-metrics.ts";
import { toBaseUnit } from "../fields/units.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { oncePerObject } from "./once-per-object.ts";
import type { Page, ThreadNameFigures } from "./page.ts";
import { noLabels, type Labels } from "./series.ts";

/** One series of each name: its labels besides the group's, and its value, or undefined where there is none. */
interface ThreadSeries {
  readonly labelsOf: (labels: ThreadNameFigures["labels"]) => Labels;
  readonly valueOf: (figures: ThreadNameFigures, page: Page) => number | undefined;
}

function threadEntry(
  { name, help, type }: Pick<CatalogueEntry, "name" | "help" | "type">,
  series: readonly ThreadSeries[],
): CatalogueEntry {
  const fill: CatalogueEntry["fill"] = (page, sink) => {
    for (const { labels, threadNames, created } of page.groups) {
      for (const figures of threadNames?.values() ?? []) {
        for (const { labelsOf, valueOf } of series) {
          const value = valueOf(figures, page);
          if (value !== undefined) sink.value(labels, labelsOf(figures.labels), value, created);
        }
      }
    }
  };
  return { name, help, type, fill };
}

/** What is written for an object of labels is kept, so that each series has the same one on each page. */
const withLabels = (own: Labels): ThreadSeries["labelsOf"] =>
  oncePerObject((labels: ThreadNameFigures["labels"]): Labels => ({ ...labels, ...own }));

function fieldEntry(row: (typeof processExporterThreadFields)[number]): CatalogueEntry {
  const series = Object.entries(row.fields).map(([value, field]): ThreadSeries => {
    const slot = slotOf(field);
    const convert = toBaseUnit(fields[slot]?.unit ?? "events");
    return {
      labelsOf: withLabels(row.label === undefined ? noLabels : { [row.label]: value }),
      valueOf: ({ sums }, { has }) => (has(slot) ? convert(sums[slot] as number) : undefined),
    };
  });
  return threadEntry(row, series);
}

/** The metrics of process-exporter that have a label `threadname`, in the order of the page. */
export function processExporterThreadEntries(): readonly CatalogueEntry[] {
  const count: ThreadSeries = { labelsOf: withLabels(noLabels), valueOf: ({ threads }) => threads };
  return [threadEntry(processExporterThreadCount, [count]), ...processExporterThreadFields.map(fieldEntry)];
}
