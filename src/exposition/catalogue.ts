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
import { createHistogramSeries, type Labels, type Series } from "./series.ts";

/** One metric: its head, and its series for a page; without series it is left out. */
export interface CatalogueEntry {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly series: (page: Page) => Series[];
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
    series: ({ groups, has }) => {
      const present = rows.filter(({ slot }) => has(slot));
      return groups.flatMap((group) =>
        present.map(({ slot, labels, convert }) => ({
          labels: group.labels,
          sharedLabels: labels,
          value: convert(valuesOf(group)[slot] as number),
        })),
      );
    },
  };
}

function histogramEntries(plan: HistogramPlan): CatalogueEntry[] {
  return [...new Set(plan.map(({ metric }) => metric))].map((metric) => {
    const rows = plan.flatMap((row, index) =>
      row.metric === metric
        ? [{ ...row, index, render: createHistogramSeries(metric.name, row.labels, metric.buckets) }]
        : [],
    );
    return {
      name: metric.name,
      help: metric.help,
      type: "histogram",
      series: ({ groups, has, exitsUp }) =>
        exitsUp
          ? groups.flatMap((group) =>
              rows
                .filter(({ slot }) => has(slot))
                .flatMap(({ render, index }) => render(group.labels, group.account.histograms[index] as Histogram)),
            )
          : [],
    };
  });
}

const noLabels: Labels = {};

/** A metric with one value per group, or none where the value is undefined. */
function lifeEntry(
  { name, help, type }: (typeof lifeMetrics)[keyof typeof lifeMetrics],
  valueOf: (group: GroupFigures, page: Page) => number | undefined,
): CatalogueEntry {
  const series = (page: Page): Series[] =>
    page.groups.flatMap((group) => {
      const value = valueOf(group, page);
      return value === undefined ? [] : [{ labels: group.labels, sharedLabels: noLabels, value }];
    });
  return { name, help, type, series };
}

function exitsEntry(): CatalogueEntry {
  const { name, help, type } = lifeMetrics.exits;
  const known = new Map<number, Labels>();
  function labelsOf(status: number): Labels {
    const labels = known.get(status) ?? { ...parseExitStatus(status) };
    known.set(status, labels);
    return labels;
  }
  const series = ({ groups, exitsUp }: Page): Series[] =>
    (exitsUp ? groups : []).flatMap(({ labels, account }) =>
      [...account.exits].map(([status, value]) => ({ labels, sharedLabels: labelsOf(status), value })),
    );
  return { name, help, type, series };
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
    let render: ReturnType<typeof createHistogramSeries> | undefined;
    return {
      name,
      help,
      type,
      series: ({ exporter }) => {
        const figures = exporter[key as keyof ExporterFigures];
        if (isHistogram(figures)) {
          render ??= createHistogramSeries(name, noLabels, figures.bounds);
          return render(noLabels, figures);
        }
        return (figures ?? []).map(({ labels = noLabels, value }) => ({ labels, sharedLabels: noLabels, value }));
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
