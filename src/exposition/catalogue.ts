/**
 * From a page's figures to the series of each metric. The tables in fields/ say which metrics there are; this file
 * only knows how each kind of row becomes series.
 */

import type { HistogramPlan } from "../account/histogram-plan.ts";
import type { Histogram } from "../account/histogram.ts";
import { cgroupMetrics } from "../fields/cgroup-stats.ts";
import { exporterMetrics } from "../fields/exporter-metrics.ts";
import { parseExitStatus } from "../fields/exit-status.ts";
import { fields, slotOf } from "../fields/fields.ts";
import {
  counterMetrics,
  largestMetrics,
  lifeMetrics,
  threadCounterMetrics,
  threadsByName,
  type CounterMetric,
  type SeriesRow,
} from "../fields/group-metrics.ts";
import { stateMetrics } from "../fields/state-metrics.ts";
import { toBaseUnit } from "../fields/units.ts";
import type { CatalogueEntry } from "./catalogue-entry.ts";
import { oncePerObject } from "./once-per-object.ts";
import type { ExporterFigures, GroupFigures, Page, StateFigures, ThreadNameFigures } from "./page.ts";
import { processExporterEntries } from "./process-exporter-entries.ts";
import { noLabels, type HistogramShape, type Labels } from "./series.ts";

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
    fill: ({ groups, has }, sink) => {
      const present = rows.filter(({ slot }) => has(slot));
      for (const group of groups) {
        const values = valuesOf(group);
        for (const { slot, labels, convert } of present)
          sink.value(group.labels, labels, convert(values[slot] as number), group.created);
      }
    },
  };
}

/** A counter by the names of threads. */
function threadEntry(metric: CounterMetric): CatalogueEntry {
  const rows = metric.series.map(createFieldSeries);
  const labelsOf = oncePerObject((name: ThreadNameFigures["labels"]): readonly Labels[] =>
    rows.map(({ labels }) => ({ ...name, ...labels })),
  );
  return {
    name: metric.name,
    help: metric.help,
    type: "counter",
    fill: ({ groups, has }, sink) => {
      const present = rows.flatMap(({ slot, convert }, index) => (has(slot) ? [{ slot, convert, index }] : []));
      for (const { labels, created, threadNames } of groups) {
        for (const { labels: name, sums } of threadNames?.values() ?? []) {
          const own = labelsOf(name);
          for (const { slot, convert, index } of present)
            sink.value(labels, own[index] as Labels, convert(sums[slot] as number), created);
        }
      }
    },
  };
}

function threadsByNameEntry(): CatalogueEntry {
  const { name, help, type } = threadsByName;
  const fill: CatalogueEntry["fill"] = ({ groups }, sink) => {
    for (const { labels, threadNames } of groups) {
      for (const { labels: own, threads } of threadNames?.values() ?? []) sink.value(labels, own, threads);
    }
  };
  return { name, help, type, fill };
}

function histogramEntries(plan: HistogramPlan): CatalogueEntry[] {
  return [...new Set(plan.map(({ metric }) => metric))].map((metric) => {
    const rows = plan.flatMap((row, index) =>
      row.metric === metric ? [{ slot: row.slot, index, shape: { labels: row.labels, bounds: metric.buckets } }] : [],
    );
    return {
      name: metric.name,
      help: metric.help,
      type: "histogram",
      fill: ({ groups, has, exitsUp }, sink) => {
        if (!exitsUp) return;
        const present = rows.filter(({ slot }) => has(slot));
        for (const { labels, account, created } of groups) {
          for (const { shape, index } of present) {
            const histogram = account.histograms[index];
            if (histogram !== undefined) sink.histogram(labels, shape, histogram, created);
          }
        }
      },
    };
  });
}

/** A metric with one value per group, or none where the value is undefined. */
function groupEntry(
  { name, help, type }: Pick<CatalogueEntry, "name" | "help" | "type">,
  valueOf: (group: GroupFigures, page: Page) => number | undefined,
): CatalogueEntry {
  const fill: CatalogueEntry["fill"] = (page, sink) => {
    for (const group of page.groups) {
      const value = valueOf(group, page);
      if (value !== undefined) sink.value(group.labels, noLabels, value, group.created);
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
  const fill: CatalogueEntry["fill"] = ({ groups, exitsUp }, sink) => {
    if (!exitsUp) return;
    for (const { labels, account, created } of groups) {
      for (const [status, count] of account.exits) sink.value(labels, labelsOf(status), count, created);
    }
  };
  return { name, help, type, fill };
}

function lifeEntries(): CatalogueEntry[] {
  return [
    groupEntry(lifeMetrics.processes, ({ processes }) => processes),
    groupEntry(lifeMetrics.threads, ({ threads }) => threads),
    groupEntry(lifeMetrics.starts, ({ account }) => account.starts),
    exitsEntry(),
    groupEntry(lifeMetrics.threadExits, ({ account }, { exitsUp }) => (exitsUp ? account.threadExits : undefined)),
    groupEntry(lifeMetrics.oldestStart, ({ oldestStart }) => oldestStart),
    groupEntry(lifeMetrics.throttled, ({ account: { throttledNs } }) => throttledNs && throttledNs / 1e9),
  ];
}

/** A metric with one value per group for each value of a label, or none where the figures are undefined. */
function labelledEntry<Value extends string>(
  { name, help, type }: Pick<CatalogueEntry, "name" | "help" | "type">,
  [label, values]: readonly [string, readonly Value[]],
  figuresOf: (now: StateFigures) => Readonly<Record<Value, number>> | undefined,
): CatalogueEntry {
  const rows = values.map((value) => ({ value, labels: { [label]: value } }));
  const fill: CatalogueEntry["fill"] = ({ groups }, sink) => {
    for (const { labels, now } of groups) {
      const figures = now && figuresOf(now);
      if (figures !== undefined) for (const row of rows) sink.value(labels, row.labels, figures[row.value]);
    }
  };
  return { name, help, type, fill };
}

function stateEntries(): CatalogueEntry[] {
  const { threadStates, uninterruptible, memory, openFds, worstFdRatio } = stateMetrics;
  return [
    labelledEntry(threadStates, ["state", threadStates.labels.state], ({ threads }) => threads),
    groupEntry(uninterruptible, ({ now }) => now?.uninterruptibleSeconds),
    labelledEntry(memory, ["kind", memory.labels.kind], (now) => now.memory),
    groupEntry(openFds, ({ now }) => now?.openFds),
    groupEntry(worstFdRatio, ({ now }) => now?.worstFdRatio),
  ];
}

function cgroupEntry(): CatalogueEntry {
  const { name, help, type } = cgroupMetrics.tasks;
  const fill: CatalogueEntry["fill"] = ({ cgroups = [] }, sink) => {
    for (const { labels = noLabels, value } of cgroups) sink.value(labels, noLabels, value);
  };
  return { name, help, type, fill };
}

function isHistogram(figures: ExporterFigures[keyof ExporterFigures]): figures is Histogram {
  return figures !== undefined && "bounds" in figures;
}

function exporterEntries(): CatalogueEntry[] {
  return Object.entries(exporterMetrics).map(([key, { name, help, type }]) => {
    let shape: HistogramShape | undefined;
    const fill: CatalogueEntry["fill"] = ({ exporter, started }, sink) => {
      const figures = exporter[key as keyof ExporterFigures];
      if (isHistogram(figures)) {
        shape ??= { labels: noLabels, bounds: figures.bounds };
        sink.histogram(noLabels, shape, figures, started);
        return;
      }
      for (const { labels = noLabels, value } of figures ?? []) sink.value(labels, noLabels, value, started);
    };
    return { name, help, type, fill };
  });
}

/**
 * All metrics of this program with the histograms of this plan, in the order of the page.
 *
 * @param options.processExporterNames whether the metrics of process-exporter come after them
 */
export function createCatalogue(
  plan: HistogramPlan,
  { processExporterNames = false }: { readonly processExporterNames?: boolean } = {},
): readonly CatalogueEntry[] {
  return [
    ...counterMetrics.map((metric) => fieldEntry(metric, "counter", ({ sums }) => sums)),
    ...largestMetrics.map((metric) => fieldEntry(metric, "gauge", ({ account }) => account.largest)),
    ...threadCounterMetrics.map(threadEntry),
    threadsByNameEntry(),
    ...lifeEntries(),
    ...stateEntries(),
    ...histogramEntries(plan),
    cgroupEntry(),
    ...exporterEntries(),
    ...(processExporterNames ? processExporterEntries() : []),
  ];
}
