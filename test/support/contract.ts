/**
 * Every series that queries may name, with its labels and, where there are few, their values, from the tables in
 * src/fields.
 */

import { cgroupMetrics, cgroupStates } from "../../src/fields/cgroup-stats.ts";
import { exporterMetrics } from "../../src/fields/exporter-metrics.ts";
import {
  counterMetrics,
  histogramMetrics,
  largestMetrics,
  lifeMetrics,
  threadCounterMetrics,
  threadsByName,
  type SeriesRow,
} from "../../src/fields/group-metrics.ts";

import { stateMetrics } from "../../src/fields/state-metrics.ts";
import { rejections } from "../../src/http/rejection.ts";

/** The labels of one series: the values of each label, or undefined where any value is possible. */
export type LabelValues = Readonly<Record<string, readonly string[] | undefined>>;

/** Labels that Prometheus adds to each series. */
const target: LabelValues = { job: undefined, instance: undefined };

/** Labels on every series of a group. The last five exist in Kubernetes only. */
const group: LabelValues = {
  ...target,
  groupname: undefined,
  namespace: undefined,
  pod: undefined,
  container: undefined,
  workload: undefined,
  workload_type: undefined,
};

/** Values of labels that no row of the tables lists. */
const values: LabelValues = {
  reason: ["exited", "signaled", "dumped", ...rejections],
  // All values that begin with unidentified are meant by this one.
  by: ["tracked", "event", "exec", "parent", "unidentified"],
};

const suffixes = { counter: [""], gauge: [""], histogram: ["", "_bucket", "_sum", "_count"] } as const;

function labelsOfRows(rows: readonly SeriesRow[]): LabelValues {
  const names = [...new Set(rows.flatMap(({ labels }) => Object.keys(labels)))];
  const valuesOf = (name: string): string[] => rows.flatMap(({ labels }) => labels[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, valuesOf(name)]));
}

function series(name: string, type: keyof typeof suffixes, labels: LabelValues): [string, LabelValues][] {
  const all = type === "histogram" ? { ...labels, le: undefined } : labels;
  return suffixes[type].map((suffix) => [`${name}${suffix}`, all]);
}

const named = (labels: readonly string[]): LabelValues =>
  Object.fromEntries(labels.map((label) => [label, values[label]]));

/** The series of prom-client and of Prometheus that dashboards use. */
const others = [
  "up",
  "scrape_duration_seconds",
  "process_cpu_seconds_total",
  "process_resident_memory_bytes",
  "nodejs_heap_size_used_bytes",
  "nodejs_eventloop_lag_p99_seconds",
  "nodejs_eventloop_lag_max_seconds",
];

const stateRows = Object.values(stateMetrics);

/** By the name of the series, suffixes of histograms included. */
export const contract: ReadonlyMap<string, LabelValues> = new Map([
  ...counterMetrics.flatMap((row) => series(row.name, "counter", { ...group, ...labelsOfRows(row.series) })),
  ...threadCounterMetrics.flatMap((row) =>
    series(row.name, "counter", { ...group, threadname: undefined, ...labelsOfRows(row.series) }),
  ),
  ...series(threadsByName.name, "gauge", { ...group, ...named(threadsByName.labels) }),
  ...largestMetrics.flatMap((row) => series(row.name, "gauge", { ...group, ...labelsOfRows(row.series) })),
  ...histogramMetrics.flatMap((row) => series(row.name, "histogram", { ...group, ...labelsOfRows(row.series) })),
  ...Object.values(lifeMetrics).flatMap((row) => series(row.name, row.type, { ...group, ...named(row.labels) })),
  ...stateRows.flatMap((row) => series(row.name, row.type, { ...group, ...row.labels })),
  ...Object.values(exporterMetrics).flatMap((row) => series(row.name, row.type, { ...target, ...named(row.labels) })),
  ...Object.values(cgroupMetrics).map((row): [string, LabelValues] => {
    const states = cgroupStates.map(({ state }) => state);
    return [row.name, { ...target, ...named(row.labels), state: states }];
  }),
  ...others.map((name): [string, LabelValues] => [name, target]),
]);

/** Names of metrics as docs/metrics.md lists them. */
export const metricNames: readonly string[] = [
  ...[...counterMetrics, ...threadCounterMetrics, threadsByName, ...largestMetrics, ...histogramMetrics].map(
    ({ name }) => name,
  ),
  ...Object.values(lifeMetrics).map(({ name }) => name),
  ...stateRows.map(({ name }) => name),
  ...Object.values(exporterMetrics).map(({ name }) => name),
  ...Object.values(cgroupMetrics).map(({ name }) => name),
];
