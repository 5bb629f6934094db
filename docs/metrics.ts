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

- **False waits for block I/O**, since Linux 6.12. A task that falls asleep under load may be taken off its queue later, by another
  task, and the beginning of its wait is then noted for that one. The wait counts from an older one, or from the boot: a thread
  that lived for milliseconds has waited for as long as the machine is up, in \`blkio_count\`, \`blkio_delay_total\` and
  \`blkio_delay_max\`. A task that is woken before it was taken off its queue is not counted at all.
  No thread waits for longer than it grows older by while it neither runs nor waits for a CPU, and what the kernel claims beyond that is
  refused, in all figures alike: sums, counts, maxima, histograms. One false wait in a record that names the longest (Linux 6.14 and later) is taken
  out exactly; of several, or on Linux 6.12 and 6.13, all waits since the thread was last asked are refused. A false wait that there was time for,
  since the thread slept otherwise, is believed. \`taskstats_exporter_implausible_delays_total\` and
  \`taskstats_exporter_implausible_delay_seconds_total\` say what was refused, \`query\` shows the kernel's word and what is believed of
  it. What ends them, until the next boot and where debugfs is mounted and may be written:
  \`echo NO_DELAY_DEQUEUE > /sys/kernel/debug/sched/features\`. The same bound, the thread's age, holds for all kinds of delay.
- **blkio is not disk.** What sleeps in \`io_schedule()\` counts: since Linux 6.5 (and 6.1.39) a thread that idles in io_uring with a
  request pending, and writers that are held back while dirty pages are written. A wait for the reply of an NFS server does not
  count. Real I/O shows in \`taskstats_storage_read_bytes_total\`, \`taskstats_storage_written_bytes_total\` and major faults.
- \`cpu_delay_total\` holds the time in which a CPU quota of the control group held a thread back.
- A wait that has not ended is in no figure: it is added when it ends.
- Delays are billed from the records of single threads, as page faults are, since the sums of a process keep false waits for ever. Without
  exit events, or where one is lost, what a thread waited for since it was last asked is lost with its end.
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
