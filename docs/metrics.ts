/** docs/metrics.md from the tables of fields, metrics and queries. */

import { exporterMetrics } from "../src/fields/exporter-metrics.ts";
import { fields, slotOf } from "../src/fields/fields.ts";
import {
  counterMetrics,
  histogramMetrics,
  largestMetrics,
  lifeMetrics,
  type CounterMetric,
  type HistogramMetric,
  type SeriesRow,
} from "../src/fields/group-metrics.ts";
import { queries } from "./queries.ts";

const code = (text: string): string => `\`${text}\``;

const labelsOf = (series: readonly SeriesRow[]): string => {
  const names = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))];
  return names
    .map((name) => `${code(name)} = ${[...new Set(series.map(({ labels }) => labels[name]))].join(", ")}`)
    .join("; ");
};

function fieldRows(series: readonly SeriesRow[]): string {
  return series
    .map(({ field }) => {
      const row = fields[slotOf(field)];
      return row === undefined ? "" : `${code(field)} (${row.unit}, since v${row.since})`;
    })
    .join(", ");
}

/** The query worth knowing, as a block of code below its sentence. */
function renderQuery(name: string): string {
  const row = queries[name];
  return row === undefined ? "" : `${row.says}\n\n\`\`\`promql\n${row.expr}\n\`\`\`\n`;
}

function renderMetric(metric: CounterMetric | HistogramMetric, type: string): string {
  const labels = labelsOf(metric.series);
  const buckets = "buckets" in metric ? `\n- buckets: ${metric.buckets.join(", ")}` : "";
  return `### ${metric.name}

${metric.help}

- type: ${type}${labels === "" ? "" : `\n- labels: ${labels}`}
- kernel fields: ${fieldRows(metric.series)}${buckets}

${renderQuery(metric.name)}`;
}

interface PlainMetric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** A metric that is not made of a kernel field. */
function renderPlain({ name, type, labels, help }: PlainMetric): string {
  return `### ${name}

${help}

- type: ${type}${labels.length === 0 ? "" : `\n- labels: ${labels.map(code).join(", ")}`}

${renderQuery(name)}`;
}

export function renderMetrics(): string {
  return `# Metrics

Made by \`npm run docs\` from \`src/fields/\`. All metrics of a group carry the label \`groupname\`. Counters and histograms cover
live **and** ended processes of the group since the exporter started; a process that is older than the exporter is billed
from then on. A field that this kernel does not have, or does not fill, has no series.

Each metric has one query worth knowing. The dashboards ask many more (\`dashboards/\`), and [operations.md](operations.md) says
what to do about what they show.

## What the kernel gets wrong

The figures are the kernel's own, and these of them are known to mislead:

- Under load, Linux 6.18 can add the machine's whole uptime to \`blkio_delay_total\` and \`blkio_delay_max\` of a thread, even one
  that lived for milliseconds: the wait's start is noted for another task than the one that waits. A block I/O delay that is longer than the
  process is old is such a figure.
- \`cpu_run_real_total\`, \`ac_utime\`, \`ac_stime\` and what is made of them are samples at timer ticks; \`cpu_run_virtual_total\` is exact.
- All I/O fields, the two counts of calls included, are rounded down to a multiple of 1024 for each thread.

## What groups wait for and consume

${counterMetrics.map((metric) => renderMetric(metric, "counter")).join("\n")}
${largestMetrics.map((metric) => renderMetric(metric, "gauge")).join("\n")}
## How processes live and end

${Object.values(lifeMetrics).map(renderPlain).join("\n")}
${histogramMetrics.map((metric) => renderMetric(metric, "histogram")).join("\n")}
## The exporter itself

${Object.values(exporterMetrics).map(renderPlain).join("\n")}
Besides these there are \`process_*\` and \`nodejs_*\` of the Node.js runtime, which \`--web.disable-exporter-metrics\` leaves out.
`;
}
