/** docs/metrics.md from the tables of fields, metrics and queries. */

import { cgroupMetrics, cgroupStates } from "../src/fields/cgroup-stats.ts";
import { defaultConfig } from "../src/config/config.ts";
import { exporterMetrics } from "../src/fields/exporter-metrics.ts";
import { fields, slotOf } from "../src/fields/fields.ts";
import {
  counterMetrics,
  histogramMetrics,
  largestMetrics,
  lifeMetrics,
  threadCounterMetrics,
  threadsByName,
  type CounterMetric,
  type HistogramMetric,
  type SeriesRow,
} from "../src/fields/group-metrics.ts";
import { stateCollectors, stateMetrics, type StateCollector } from "../src/fields/state-metrics.ts";
import {
  processExporterFields,
  processExporterGroups,
  processExporterScrapes,
  processExporterThreadCount,
  processExporterThreadFields,
} from "../src/fields/process-exporter-metrics.ts";
import type { Stability } from "../src/fields/stability.ts";
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

/** Lines of one series of a histogram: its buckets, +Inf, sum and count. */
const linesOfHistogram = ({ buckets }: HistogramMetric): number => buckets.length + 3;

/** How many series a metric has in one group. */
export function seriesPerGroup(metric: CounterMetric | HistogramMetric): number {
  return metric.series.length * ("buckets" in metric ? linesOfHistogram(metric) : 1);
}

const sumOf = (metrics: readonly (CounterMetric | HistogramMetric)[]): number =>
  metrics.reduce((sum, metric) => sum + seriesPerGroup(metric), 0);

/** A group of one sleeping process: all counters, the maxima, and of its life all but the time of throttling. */
const seriesOfIdleGroup = sumOf(counterMetrics) + sumOf(largestMetrics) + Object.keys(lifeMetrics).length - 1;

/** Each name has the counters and one gauge. */
const seriesPerThreadName = sumOf(threadCounterMetrics) + 1;

function describeSeries(metric: CounterMetric | HistogramMetric): string {
  const count = seriesPerGroup(metric);
  if (!("buckets" in metric)) return String(count);
  return `${count} from its first observation on; ${metric.series.length} as a native histogram`;
}

function renderMetric(metric: CounterMetric | HistogramMetric, type: string): string {
  const own = threadCounterMetrics.includes(metric) ? [code("threadname")] : [];
  const labels = [...own, ...[labelsOf(metric.series)].filter((text) => text !== "")].join("; ");
  const buckets = "buckets" in metric ? `\n- buckets: ${metric.buckets.join(", ")}` : "";
  return `### ${metric.name}

${metric.help}

- type: ${type}
- stability: ${metric.stability}${labels === "" ? "" : `\n- labels: ${labels}`}
- kernel fields: ${fieldRows(metric.series)}${buckets}
- series of a ${own.length === 0 ? "group" : "thread name"}: ${describeSeries(metric)}

${renderQuery(metric.name)}`;
}

const stateRows = Object.values(stateMetrics);

/** How many series a family of state metrics has in one group: one for each combination of labels. */
function seriesOfCollector(collector: StateCollector): number {
  const own = stateRows.filter((row) => row.collector === collector);
  return own.reduce(
    (sum, { labels }) =>
      sum + Object.values<readonly string[]>(labels).reduce((product, { length }) => product * length, 1),
    0,
  );
}

const seriesOfStates = stateCollectors.reduce((sum, collector) => sum + seriesOfCollector(collector), 0);

const describeCollector = (collector: StateCollector): string =>
  `\`--no-collector.${collector}\` leaves out ${seriesOfCollector(collector)}`;

function renderState({ collector, labels, ...row }: (typeof stateRows)[number]): string {
  const flag = `\n- flag: \`--[no-]collector.${collector}\``;
  const values = Object.entries<readonly string[]>(labels).map(([label, all]) => `${code(label)} = ${all.join(", ")}`);
  return `### ${row.name}

${row.help}

- type: ${row.type}
- stability: ${row.stability}${values.length === 0 ? "" : `\n- labels: ${values.join("; ")}`}${flag}

${renderQuery(row.name)}`;
}

interface PlainMetric {
  readonly name: string;
  readonly stability: Stability;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** A metric that is not made of a kernel field. */
function renderPlain({ name, stability, type, labels, help }: PlainMetric): string {
  return `### ${name}

${help}

- type: ${type}
- stability: ${stability}${labels.length === 0 ? "" : `\n- labels: ${labels.map(code).join(", ")}`}

${renderQuery(name)}`;
}

const processExporterRows = [
  ...[...Object.values(processExporterGroups), ...processExporterFields],
  ...[processExporterThreadCount, ...processExporterThreadFields, ...processExporterScrapes],
];

export function renderMetrics(): string {
  return `# Metrics

Made by \`npm run docs\` from \`src/fields/\`. All metrics of a group carry the label \`groupname\`. Counters and histograms cover
live **and** ended processes of the group since the exporter started; a process that is older than the exporter is billed
from then on. A field that this kernel does not have, or does not fill, has no series.

A **stable** metric keeps its name, type, unit and labels until the next major version, whose section of CHANGELOG.md names what
changed. An **experimental** metric may change or go with any minor version. Both may get further values of a label.

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
- A wait that has not ended is in no counter: it is added when it ends. \`taskstats_uninterruptible_seconds\` tells of one in state D while it lasts.
- Delays are billed from the records of single threads, as page faults are, since the sums of a process keep false waits for ever. Without
  exit events, or where one is lost, what a thread waited for since it was last asked is lost with its end. Where that thread may have
  been one that exec'd and took the leader's id, nobody knows whose figures the leader's go on with: of its waits, all that it ever did are
  then judged together, so that they may be too few, and are never more than the kernel's true ones. The same waits may then be
  counted twice as refused.
- \`cpu_run_real_total\`, \`ac_utime\`, \`ac_stime\` and what is made of them are samples at timer ticks.
- \`cpu_run_virtual_total\` is measured to the nanosecond, but brought up to date only at ticks and when a thread is given a CPU. When a
  thread ends it lacks the rest, up to a tick (4 ms at HZ 250): half to nine tenths of the CPU time of programs that run for a millisecond or
  less. See below.
- All I/O fields, the two counts of calls included, are rounded down to a multiple of 1024 for each thread.

## CPU time, and which metric to use

Use \`taskstats_cpu_run_seconds_total\` for how much CPU time a group used, and \`taskstats_cpu_seconds_total\` only for how it divides
between user and system mode. The first counts each nanosecond that the scheduler measured, and adds what the kernel's sums of ended threads
lack. A record tells it in one of three ways:

- **A thread that never slept** (\`nvcsw\` 0), as most short programs are: it ran or waited for a CPU, so that its run time is its age
  (\`ac_etime\`) less its waits for a CPU (and for interrupts, where the kernel accounts them). Known to a few microseconds.
- **A thread that slept, ran for less than 25 ticks and waited for a CPU for less than one**: its runs began at any moment between two ticks, so
  that a tick fell on it with a probability in proportion to its run time. What all such threads of the group were charged at ticks is their
  run time on average; it is kept between the sum of their sums and the sum of their upper bounds. The error falls with the square root
  of their number: threads that run for 1 ms at HZ 250 are counted to 17 % where there are 100 of them, to 5 % where there are 1,000 and their
  beginnings are independent.
- **Any other**: under load runs begin mostly at a tick, which ticks therefore miss, and of long runs ticks are noisier than what is missing.
  Its last run is taken for as long as its others on average (\`cpu_count\` of them) and cut off at a random moment between two ticks.

The bounds hold in any case: a thread ran for its sum at least, and at the most for a tick more and for no longer than its age less its waits for a CPU. How
far they are apart is \`taskstats_exporter_cpu_run_uncertain_seconds_total\`, summed over all threads that slept. Waits for I/O do not narrow
them, since the kernel's figure of them may be false.

What a process does after its last record is in no record of the kernel's: it gives back its memory and closes its files, 0.05 ms of a
program that ran for 0.6 ms, in all 4 to 13 % of the shortest programs' time and nothing that matters of those of 20 ms. \`wait4\` counts it. On a virtual
machine whose hypervisor takes time away (steal), that time is part of the age, and of such a thread's CPU time up to a tick.

\`taskstats_process_cpu_seconds\` holds for each process its kernel's sum and what its threads' sums lack; of threads whose ticks
tell, its share of what the group's lacked when it ended. So its sum is near the counter's growth and not equal to it.

## What the far end holds of a process

What Prometheus holds of processes that have ended, against what \`wait4\` says of them, is tested on a busy machine with scripts, threads,
crashes, namespaces of their own and direct I/O (\`test/e2e/conservation.test.ts\`):

| figure | against \`wait4\` |
| --- | --- |
| ends of processes and threads, exit codes, signals | each once |
| minor and major page faults | equal, to the unit |
| voluntary context switches | one less for each process, its last; up to a tenth of that less again, and 5, where what it leaves behind has to be waited for |
| involuntary context switches | not more, and at the most one less for each process, put off its CPU in the midst of its end |
| CPU time | at least 75 %: what runs after the last record is missing, 4 to 13 % of the shortest programs on an idle machine, 18 % measured where two others want each CPU. At the most 105 % and, for each thread that slept, a tick |
| bytes of storage | within 1024 for each thread |
| each delay, and the delay for a CPU with the run time | never more than the tasks lived |

## How many series there are

A group of one sleeping process has ${seriesOfIdleGroup + seriesOfStates} series on a kernel that has all fields (${stateCollectors.map(describeCollector).join(", ")}). A histogram of a group appears with its first observation, and one of \`taskstats_process_exits_total\` with the first exit of
that kind; with all histograms a group has ${seriesOfIdleGroup + seriesOfStates + sumOf(histogramMetrics)} series and one for each kind of exit. The landing page says how many the last page had.

Histograms cost most. \`histograms:\` in the [configuration](configuration.md) gives them other buckets, fewer kinds, or turns them off, and
Prometheus can drop what nobody asks for by \`metric_relabel_configs\`. As native histograms each is one series (below). These are often 0 or equal to
others, and are kept since only they tell when they are not:

- the kinds of \`taskstats_delay_seconds_total\`, \`taskstats_delays_total\` and \`taskstats_delay_max_seconds\` that a host never meets (\`swapin\`, \`freepages\`, \`thrashing\`, \`compact\`): an alert on
  memory pressure has to exist before there is any;
- \`taskstats_cpu_scaled_seconds_total\`, which equals \`taskstats_cpu_seconds_total\` where the processor's frequency does not scale
  accounting (x86 and arm64);
- \`taskstats_storage_cancelled_write_bytes_total\` and major page faults.

## Formats, and native histograms

\`/metrics\` is in the format that the scraper's Accept header prefers: text 0.0.4, OpenMetrics 1.0, or protobuf
(\`io.prometheus.client.MetricFamily\`, delimited). Protobuf has two things that text has not:

- **Native histograms** beside the classic ones. Prometheus asks for them with \`scrape_native_histograms: true\` (before 3.8 with
  \`--enable-feature=native-histograms\`), and keeps one series for each instead of one for each bucket. The classic ones stay where
  \`always_scrape_classic_histograms: true\` is set; shipped dashboards ask for either kind, and the alert TaskstatsCrashLoop for classic ones.
- **The time when a counter was 0**, for \`--enable-feature=created-timestamp-zero-ingestion\`. Without it the first value of a new series is
  not lost either: see [the first value of a counter](architecture.md#the-first-value-of-a-counter).

A native histogram begins with 8 buckets for each power of two (schema 3), so that a quantile is off by 9 % at most. A group whose values need
more than 40 buckets gets half as many for each power of two, as often as it takes: lifetimes from a millisecond to a day fit into
schema 0. The zero bucket ends at 2^-30: less than a nanosecond and a byte, so that it holds true zeros alone.

| query | of classic histograms | of native histograms |
| --- | --- | --- |
| 90 % live no longer than | \`histogram_quantile(0.9, sum by (groupname, le) (rate(taskstats_process_lifetime_seconds_bucket[5m])))\` | \`histogram_quantile(0.9, sum by (groupname) (rate(taskstats_process_lifetime_seconds[5m])))\` |
| mean CPU time of a process | \`rate(taskstats_process_cpu_seconds_sum[5m]) / rate(taskstats_process_cpu_seconds_count[5m])\` | \`histogram_avg(rate(taskstats_process_cpu_seconds[5m]))\` |
| share that ends within a second | \`rate(taskstats_process_lifetime_seconds_bucket{le="1.0"}[5m]) / ignoring(le) rate(taskstats_process_lifetime_seconds_count[5m])\` | \`histogram_fraction(0, 1, rate(taskstats_process_lifetime_seconds[5m]))\` |

Prometheus 3 writes a whole bound as \`le="1.0"\`, whatever the format is; Prometheus 2 keeps \`le="1"\` of the text format.

## What groups wait for and consume

${counterMetrics.map((metric) => renderMetric(metric, "counter")).join("\n")}
${largestMetrics.map((metric) => renderMetric(metric, "gauge")).join("\n")}
## By the names of threads

With \`--collector.threads\` each group has these besides, for each name that its threads have or had: ${seriesPerThreadName} series for a name, on a kernel that has
all fields. At the most \`limits.max_thread_names\` names of a group are told apart, ${defaultConfig.limits.maxThreadNames} where the [configuration](configuration.md) does not say otherwise, in the order in which
they appeared; the threads of all others are \`other\`. A name stays when its threads have ended, since a counter that leaves would take its figure along.

- **Names are told as they are**, as process-exporter does: \`worker-1\` and \`worker-2\` are two. Nobody but the program's author knows whether the number
  at the end of a name means one of many or the one thing. Where it means one of many, sum over it:
  \`sum by (groupname, pool) (label_replace(rate(taskstats_thread_cpu_run_seconds_total[5m]), "pool", "$1", "threadname", "(.*?)[-_/:]?[0-9]*"))\`.
  What does not fit into the limit is in \`other\`, so that the sum over all names is right in any case.
- **They add up.** The names' CPU time is the group's \`taskstats_cpu_run_seconds_total\`, and their delays are its \`taskstats_delay_seconds_total\`, to the
  nanosecond, with what is refused and what is estimated. For that all figures of the group come from the records of threads, not from the kernel's sums of
  processes: live ones are asked one by one, and each ended one sends its record, be its life ever so short. A scrape of 100 processes of 50 threads
  that all ran took 1.15 times the CPU time, 87 ms where it was 81 (\`npm run bench -- threads\`); without the flag nothing of it is done.
- **A thread that changes its name** leaves with its former one what it did until it was last asked. What follows has the name in its next record.
- \`unknown\` are threads with an empty name, and what the kernel's sums hold of a process that no thread's record tells, since an exit event was
  lost or exit events do not arrive. It is billed one poll later than the rest, or at the end of the process: until then the record may still come. Before Linux 5.19, where records name no
  process, it is left out as long as exit events arrive.

${threadCounterMetrics.map((metric) => renderMetric(metric, "counter")).join("\n")}
${renderPlain(threadsByName)}
## How processes live and end

${Object.values(lifeMetrics).map(renderPlain).join("\n")}
${stateRows.map(renderState).join("\n")}
${histogramMetrics.map((metric) => renderMetric(metric, "histogram")).join("\n")}
## Control groups

Where \`--collector.cgroupstats=DIR\` names directories of cgroup v1, the kernel is asked for each page how many threads of that control
group are in which state. These are not groups of the exporter's: no rule decides on them, and the label is the directory, as the flag has it. It is
not resolved, so that the name stays the same whatever a link points to, and an alert can name what the flag names. What others tell of the same
control group has its path below the hierarchy; \`label_replace(taskstats_cgroup_tasks, "id", "$1", "cgroup", "/sys/fs/cgroup/[^/]+(/.*)")\` gives it
that one, as cAdvisor's \`id\` is.

| state | counts | kernel field |
| --- | --- | --- |
${cgroupStates.map(({ state, about, member }) => `| ${code(state)} | ${about} | ${code(member)} |`).join("\n")}

The states are the kernel's at that moment, and a thread is in one of them or in none, so that their sum may be less than the number of
threads: see the help below. The kernel does this for cgroup v1 alone.

${Object.values(cgroupMetrics).map(renderPlain).join("\n")}
## The exporter itself

${Object.values(exporterMetrics).map(renderPlain).join("\n")}
## Under process-exporter's names

With \`--compat.process-exporter\` the page has these metrics too, with process-exporter's labels, units and types, whose stability is
process-exporter's own. [from-process-exporter.md](from-process-exporter.md) says what is the same and what differs.

| metric | type | what it is |
| --- | --- | --- |
${processExporterRows.map(({ name, type, help }) => `| ${code(name)} | ${type} | ${help} |`).join("\n")}

## The runtime

Besides these there are \`process_*\` and \`nodejs_*\` of the Node.js runtime, which \`--web.disable-exporter-metrics\` leaves out.
`;
}
