/**
 * From a page's figures to the series of each metric. The tables in fields/ say which metrics there are; this file
 * only knows how each kind of row becomes lines.
 */

import type { HistogramPlan } from "../account/histogram-plan.ts";
import type { Histogram } from "../account/histogram.ts";
import { exporterMetrics } from "../fields/exporter-metrics.ts";
import { parseExitStatus } from "../fields/exit-status.ts";
import { fields, slotOf } from "../fields/fields.ts";
import {
  counterMetrics,
  largestMetrics,
  lifeMetrics,
  type CounterMetric,
  type SeriesRow,
} from "../fields/group-metrics.ts";
import { toBaseUnit } from "../fields/units.ts";
import type { ExporterFigures, GroupFigures, Page } from "./page.ts";
import { noLabels, type AddLine, type Labels, type MetricHead } from "./lines.ts";

/** One metric: its head, and how a page's figures become its lines. */
export interface CatalogueEntry extends MetricHead {
  readonly type: "counter" | "gauge" | "histogram";
  readonly fill: (page: Page, add: AddLine) => void;
}

/** A row of a field's figures, ready to be computed for each group. */
function createFieldSeries({ labels, field }: SeriesRow) {
  const slot = slotOf(field);
  const unit = fields[slot]?.unit ?? "events";
  return { slot, labels, convert: toBaseUnit(unit) };
}

function fieldEntry(
  metric: CounterMetric,
  type: "counter" | "gauge",
  valuesOf: (group: GroupFigures) => Float64Array,
): CatalogueEntry {
  const rows = metric.series.map(createFieldSeries);
  return {
    name: metric.name,
    help: metric.help,
    type,
    fill: ({ groups, has }, add) => {
      const present = rows.filter(({ slot }) => has(slot));
      for (const group of groups) {
        const values = valuesOf(group);
        for (const { slot, labels, convert } of present) add(group.labels, labels, convert(values[slot] as number));
      }
    },
  };
}

type AddHistogram = (group: Labels, histogram: Histogram, add: AddLine) => void;

/** @param own labels of the series besides those of the group and `le` */
function createHistogramLines(own: Labels, bounds: readonly number[]): AddHistogram {
  const bounded = bounds.map((bound): Labels => ({ ...own, le: String(bound) }));
  const unbounded: Labels = { ...own, le: "+Inf" };
  return (labels, { counts, sum, count }, add) => {
    let cumulative = 0;
    bounded.forEach((ownLabels, index) => {
      cumulative += counts[index] as number;
      add(labels, ownLabels, cumulative, "_bucket");
    });
    add(labels, unbounded, count, "_bucket");
    add(labels, own, sum, "_sum");
    add(labels, own, count, "_count");
  };
}

function histogramEntries(plan: HistogramPlan): CatalogueEntry[] {
  return [...new Set(plan.map(({ metric }) => metric))].map((metric) => {
    const rows = plan.flatMap((row, index) =>
      row.metric === metric ? [{ ...row, index, addTo: createHistogramLines(row.labels, metric.buckets) }] : [],
    );
    return {
      name: metric.name,
      help: metric.help,
      type: "histogram",
      fill: ({ groups, has, exitsUp }, add) => {
        if (!exitsUp) return;
        const present = rows.filter(({ slot }) => has(slot));
        for (const { labels, account } of groups) {
          for (const { addTo, index } of present) addTo(labels, account.histograms[index] as Histogram, add);
        }
      },
    };
  });
}

/** A metric with one value per group, or none where the value is undefined. */
function lifeEntry(
  { name, help, type }: (typeof lifeMetrics)[keyof typeof lifeMetrics],
  valueOf: (group: GroupFigures, page: Page) => number | undefined,
): CatalogueEntry {
  const fill: CatalogueEntry["fill"] = (page, add) => {
    for (const group of page.groups) {
      const value = valueOf(group, page);
      if (value !== undefined) add(group.labels, noLabels, value);
    }
  };
  return { name, help, type, fill };
}

function exitsEntry(): CatalogueEntry {
  const { name, help, type } = lifeMetrics.exits;
  const known = new Map<number, Labels>();
  function labelsOf(status: number): Labels {
    const labels = known.get(status) ?? { ...parseExitStatus(status) };
    known.set(status, labels);
    return labels;
  }
  const fill: CatalogueEntry["fill"] = ({ groups, exitsUp }, add) => {
    if (!exitsUp) return;
    for (const { labels, account } of groups) {
      for (const [status, count] of account.exits) add(labels, labelsOf(status), count);
    }
  };
  return { name, help, type, fill };
}

function lifeEntries(): CatalogueEntry[] {
  return [
    lifeEntry(lifeMetrics.processes, ({ processes }) => processes),
    lifeEntry(lifeMetrics.threads, ({ threads }) => threads),
    lifeEntry(lifeMetrics.starts, ({ account }) => account.starts),
    exitsEntry(),
    lifeEntry(lifeMetrics.threadExits, ({ account }, { exitsUp }) => (exitsUp ? account.threadExits : undefined)),
    lifeEntry(lifeMetrics.oldestStart, ({ oldestStart }) => oldestStart),
    lifeEntry(lifeMetrics.throttled, ({ account: { throttledNs } }) => throttledNs && throttledNs / 1e9),
  ];
}

function isHistogram(figures: ExporterFigures[keyof ExporterFigures]): figures is Histogram {
  return figures !== undefined && "bounds" in figures;
}

function exporterEntries(): CatalogueEntry[] {
  return Object.entries(exporterMetrics).map(([key, { name, help, type }]) => {
    let addHistogram: AddHistogram | undefined;
    return {
      name,
      help,
      type,
      fill: ({ exporter }, add) => {
        const figures = exporter[key as keyof ExporterFigures];
        if (isHistogram(figures)) {
          addHistogram ??= createHistogramLines(noLabels, figures.bounds);
          addHistogram(noLabels, figures, add);
          return;
        }
        for (const { labels = noLabels, value } of figures ?? []) add(labels, noLabels, value);
      },
    };
  });
}

/** All metrics of this program with the histograms of this plan, in the order of the page. */
export function createCatalogue(plan: HistogramPlan): readonly CatalogueEntry[] {
  return [
    ...counterMetrics.map((metric) => fieldEntry(metric, "counter", ({ sums }) => sums)),
    ...largestMetrics.map((metric) => fieldEntry(metric, "gauge", ({ account }) => account.largest)),
    ...lifeEntries(),
    ...histogramEntries(plan),
    ...exporterEntries(),
  ];
}
