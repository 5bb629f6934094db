/**
 * The tables of the metrics of groups: name, help, and for each series the kernel field that it shows.
 * The page, the accounts and docs/metrics.md are made from these rows. Names, units and labels are a contract with users.
 */

import { delayKinds, type FieldKey } from "./fields.ts";
import type { Stability } from "./stability.ts";

/** One series of a metric: the kernel field that it shows, and its labels besides those of the group. */
export interface SeriesRow {
  readonly labels: Readonly<Record<string, string>>;
  readonly field: FieldKey;
}

interface MetricRow {
  readonly name: string;
  readonly stability: Stability;
  readonly help: string;
}

/** A counter that sums up a field over all tasks of a group, those that have exited included. */
export interface CounterMetric extends MetricRow {
  readonly series: readonly SeriesRow[];
}

/** A gauge with the largest value that a field has had in the record of any thread of a group. */
export interface LargestMetric extends MetricRow {
  readonly series: readonly SeriesRow[];
}

/** A histogram of a field's values over a group's processes that have exited. */
export interface HistogramMetric extends MetricRow {
  /** Upper bounds in the metric's unit. */
  readonly buckets: readonly number[];
  readonly series: readonly SeriesRow[];
}

function single(field: FieldKey): readonly SeriesRow[] {
  return [{ labels: {}, field }];
}

function labelled(label: string, fieldsByValue: Readonly<Record<string, FieldKey>>): readonly SeriesRow[] {
  return Object.entries(fieldsByValue).map(([value, field]) => ({ labels: { [label]: value }, field }));
}

const rounded = "The kernel rounds down to a multiple of 1024 per thread.";
const ticks =
  "Sampled at timer ticks: coarse for one process, right in sum for many whose runs begin at any moment, and too little where they run in step with ticks.";
const refused = "What there was no time for is refused: taskstats_exporter_implausible_delays_total.";
const delayacct = "Kinds other than cpu need kernel.task_delayacct=1 when the process is started.";

export const counterMetrics: readonly CounterMetric[] = [
  {
    name: "taskstats_delay_seconds_total",
    stability: "stable",
    help: `Time that tasks waited, by kind of delay (*_delay_total). ${delayacct} ${refused}`,
    series: delayKinds.map((kind) => ({ labels: { kind }, field: `${kind}_delay_total` as const })),
  },
  {
    name: "taskstats_delays_total",
    stability: "stable",
    help: `Number of waits that the delay time is made of, by kind (*_count). ${delayacct} ${refused}`,
    series: delayKinds.map((kind) => ({ labels: { kind }, field: `${kind}_count` as const })),
  },
  {
    name: "taskstats_context_switches_total",
    stability: "stable",
    help: "Context switches (nvcsw, nivcsw). A process's last switch comes after its record and is not in it.",
    series: labelled("kind", { voluntary: "nvcsw", involuntary: "nivcsw" }),
  },
  {
    name: "taskstats_cpu_run_seconds_total",
    stability: "stable",
    help: "CPU time as the scheduler measures it (cpu_run_virtual_total). What the kernel's sum lacks when a thread ends, up to a timer tick, is added: by the thread's age where it never slept, else estimated within bounds (taskstats_exporter_cpu_run_uncertain_seconds_total). What runs after the last record is in no figure.",
    series: single("cpu_run_virtual_total"),
  },
  {
    name: "taskstats_cpu_run_real_seconds_total",
    stability: "stable",
    help: `CPU time in user and system mode together (cpu_run_real_total). ${ticks}`,
    series: single("cpu_run_real_total"),
  },
  {
    name: "taskstats_cpu_seconds_total",
    stability: "stable",
    help: `CPU time by mode (ac_utime, ac_stime). ${ticks}`,
    series: labelled("mode", { user: "ac_utime", system: "ac_stime" }),
  },
  {
    name: "taskstats_cpu_scaled_seconds_total",
    stability: "stable",
    help: `CPU time by mode, scaled by the processor's frequency where the architecture does that (ac_utimescaled, ac_stimescaled). ${ticks}`,
    series: labelled("mode", { user: "ac_utimescaled", system: "ac_stimescaled" }),
  },
  {
    name: "taskstats_page_faults_total",
    stability: "stable",
    help: "Page faults; a major one had to wait for I/O (ac_minflt, ac_majflt).",
    series: labelled("kind", { minor: "ac_minflt", major: "ac_majflt" }),
  },
  {
    name: "taskstats_storage_read_bytes_total",
    stability: "stable",
    help: `Bytes that were fetched from storage (read_bytes). ${rounded}`,
    series: single("read_bytes"),
  },
  {
    name: "taskstats_storage_written_bytes_total",
    stability: "stable",
    help: `Bytes that were caused to be written to storage, counted when a page is made dirty (write_bytes). ${rounded}`,
    series: single("write_bytes"),
  },
  {
    name: "taskstats_storage_cancelled_write_bytes_total",
    stability: "stable",
    help: `Bytes of dirty pages that were dropped before they reached storage (cancelled_write_bytes). ${rounded}`,
    series: single("cancelled_write_bytes"),
  },
  {
    name: "taskstats_io_read_bytes_total",
    stability: "stable",
    help: `Bytes that read calls returned, from the page cache, pipes and sockets included (read_char). ${rounded}`,
    series: single("read_char"),
  },
  {
    name: "taskstats_io_written_bytes_total",
    stability: "stable",
    help: `Bytes that write calls took, to the page cache, pipes and sockets included (write_char). ${rounded}`,
    series: single("write_char"),
  },
  {
    name: "taskstats_io_read_syscalls_total",
    stability: "stable",
    help: `Read calls (read_syscalls). ${rounded}`,
    series: single("read_syscalls"),
  },
  {
    name: "taskstats_io_write_syscalls_total",
    stability: "stable",
    help: `Write calls (write_syscalls). ${rounded}`,
    series: single("write_syscalls"),
  },
  {
    name: "taskstats_rss_byte_seconds_total",
    stability: "stable",
    help: `Resident memory integrated over CPU time used, not over elapsed time (coremem). ${ticks}`,
    series: single("coremem"),
  },
  {
    name: "taskstats_virtual_memory_byte_seconds_total",
    stability: "stable",
    help: `Virtual memory integrated over CPU time used, not over elapsed time (virtmem). ${ticks}`,
    series: single("virtmem"),
  },
];

export const largestMetrics: readonly LargestMetric[] = [
  {
    name: "taskstats_delay_max_seconds",
    stability: "stable",
    help: `Longest single wait of any thread since the exporter started, by kind (*_delay_max). ${delayacct}`,
    series: delayKinds.map((kind) => ({ labels: { kind }, field: `${kind}_delay_max` as const })),
  },
];

const byName =
  "Only with --collector.threads. The names of a group add up to the group's figure. A name is the one in a thread's record: what a thread did before it was renamed stays with its former name. other: names beyond limits.max_thread_names. unknown: an empty name, and what no thread's record tells, since it was lost.";

/** Counters by the names of threads. Each series has the label `threadname` before the labels of its row. */
export const threadCounterMetrics: readonly CounterMetric[] = [
  {
    name: "taskstats_thread_cpu_run_seconds_total",
    stability: "experimental",
    help: `CPU time by the name of the thread, as in taskstats_cpu_run_seconds_total (cpu_run_virtual_total). ${byName}`,
    series: single("cpu_run_virtual_total"),
  },
  {
    name: "taskstats_thread_delay_seconds_total",
    stability: "experimental",
    help: `Time that tasks waited, by the name of the thread and the kind of delay, as in taskstats_delay_seconds_total (*_delay_total). ${byName}`,
    series: delayKinds.map((kind) => ({ labels: { kind }, field: `${kind}_delay_total` as const })),
  },
];

/** The live threads by their names. */
export const threadsByName = {
  name: "taskstats_threads_by_name",
  stability: "experimental",
  type: "gauge",
  labels: ["threadname"],
  help: "Live threads whose record has been read, by name (ac_comm). 0 where all of that name have ended. Only with --collector.threads.",
} as const;

export const histogramMetrics: readonly HistogramMetric[] = [
  {
    name: "taskstats_process_lifetime_seconds",
    stability: "stable",
    help: "Elapsed time from start to end of ended processes (ac_tgetime; before struct version 12 the ac_etime of the last thread).",
    buckets: [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 86_400],
    series: single("ac_tgetime"),
  },
  {
    name: "taskstats_process_cpu_seconds",
    stability: "stable",
    help: "CPU time of ended processes over their whole life (cpu_run_virtual_total, and for each what its sum lacks at the end, as in taskstats_cpu_run_seconds_total).",
    buckets: [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600],
    series: single("cpu_run_virtual_total"),
  },
  {
    name: "taskstats_process_delay_seconds",
    stability: "stable",
    help: `Time that ended processes had waited over their whole life, by kind of delay (*_delay_total). ${delayacct}`,
    buckets: [0.0001, 0.001, 0.01, 0.1, 1, 10, 60, 600],
    series: labelled("kind", { cpu: "cpu_delay_total", blkio: "blkio_delay_total" }),
  },
  {
    name: "taskstats_process_max_rss_bytes",
    stability: "stable",
    help: "Peak resident memory of ended processes (hiwater_rss).",
    buckets: [2 ** 20, 2 ** 22, 2 ** 24, 2 ** 26, 2 ** 28, 2 ** 30, 2 ** 32, 2 ** 34],
    series: single("hiwater_rss"),
  },
];

/** A metric that is made of no kernel field. */
interface LifeMetricRow extends MetricRow {
  readonly type: "counter" | "gauge";
  readonly labels: readonly string[];
}

/** Metrics of a group that the exporter counts itself: no kernel field has them. */
export const lifeMetrics = {
  processes: { name: "taskstats_processes", stability: "stable", type: "gauge", labels: [], help: "Live processes." },
  threads: {
    name: "taskstats_threads",
    stability: "stable",
    type: "gauge",
    labels: [],
    help: "Threads of the live processes.",
  },
  starts: {
    name: "taskstats_process_starts_total",
    stability: "stable",
    type: "counter",
    labels: [],
    help: "Processes that were started, those that ended before they were ever seen alive included.",
  },
  exits: {
    name: "taskstats_process_exits_total",
    stability: "stable",
    type: "counter",
    labels: ["reason", "code"],
    help: "Ended processes by reason (exited, signaled, dumped) and exit code or signal's name (ac_exitcode). Success is there from the start, with 0. Absent without exit events.",
  },
  threadExits: {
    name: "taskstats_thread_exits_total",
    stability: "stable",
    type: "counter",
    labels: [],
    help: "Ended threads, the last one of each process included. Absent without exit events.",
  },
  oldestStart: {
    name: "taskstats_oldest_process_start_time_seconds",
    stability: "stable",
    type: "gauge",
    labels: [],
    help: "Start time of the oldest live process, in seconds since 1970.",
  },
  throttled: {
    name: "taskstats_cpu_throttled_seconds_total",
    stability: "experimental",
    type: "counter",
    labels: [],
    help: "Time for which CPU quotas held back control groups that processes of the group are in, or one above these, each once, summed over CPUs (cpu.stat: throttled_usec, with cgroup v1 throttled_time). A control group that several groups share counts for each of them. Only where a quota is set; what control groups were held back that came and went within seconds is missing.",
  },
} as const satisfies Record<string, LifeMetricRow>;
