/**
 * The table of the metrics of ncabatoff/process-exporter that this program can show under the same names, so that dashboards and
 * alerts that were made for it go on working. Names, labels, units and types are process-exporter's own, read from the pages of its
 * versions 0.7.10 and 0.8.7. What differs in meaning is in docs/from-process-exporter.md.
 */

import type { FieldKey } from "./fields.ts";
import type { MemoryKind, ThreadState } from "./state-metrics.ts";

interface ProcessExporterRow {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  /** The metrics of this program that say the same, or more. */
  readonly native: readonly string[];
}

/** A counter whose series are kernel fields, by the value of the one label; the value is empty where there is no label. */
interface FieldRow extends ProcessExporterRow {
  readonly label?: string;
  readonly fields: Readonly<Record<string, FieldKey>>;
}

/** Each value of the label `state`, with the states of threads that it holds. Source: process-exporter, proc/read.go. */
export const processExporterStates = {
  Running: ["running"],
  Sleeping: ["sleeping"],
  Waiting: ["uninterruptible"],
  Zombie: ["zombie"],
  Other: ["stopped", "idle"],
} as const satisfies Readonly<Record<string, readonly ThreadState[]>>;

/**
 * Each value of the label `memtype`, with the kind of memory. `proportionalResident` and `proportionalSwapped` are left out: they need
 * smaps_rollup, and the kernel holds the lock of a process's memory while it walks through all of its pages for that.
 */
export const processExporterMemory = {
  resident: "resident",
  virtual: "virtual",
  swapped: "swap",
} as const satisfies Readonly<Record<string, MemoryKind>>;

/** Counters of groups that are sums of kernel fields. */
export const processExporterFields: readonly FieldRow[] = [
  {
    name: "namedprocess_namegroup_read_bytes_total",
    type: "counter",
    help: "Bytes that were fetched from storage, as taskstats_storage_read_bytes_total.",
    native: ["taskstats_storage_read_bytes_total"],
    fields: { "": "read_bytes" },
  },
  {
    name: "namedprocess_namegroup_write_bytes_total",
    type: "counter",
    help: "Bytes that were caused to be written to storage, as taskstats_storage_written_bytes_total.",
    native: ["taskstats_storage_written_bytes_total"],
    fields: { "": "write_bytes" },
  },
  {
    name: "namedprocess_namegroup_major_page_faults_total",
    type: "counter",
    help: "Page faults that had to wait for I/O, as taskstats_page_faults_total.",
    native: ["taskstats_page_faults_total"],
    fields: { "": "ac_majflt" },
  },
  {
    name: "namedprocess_namegroup_minor_page_faults_total",
    type: "counter",
    help: "Page faults that needed no I/O, as taskstats_page_faults_total.",
    native: ["taskstats_page_faults_total"],
    fields: { "": "ac_minflt" },
  },
  {
    name: "namedprocess_namegroup_context_switches_total",
    type: "counter",
    help: "Context switches of all threads, as taskstats_context_switches_total.",
    native: ["taskstats_context_switches_total"],
    label: "ctxswitchtype",
    fields: { voluntary: "nvcsw", nonvoluntary: "nivcsw" },
  },
];

/** The other metrics of groups. */
export const processExporterGroups = {
  processes: {
    name: "namedprocess_namegroup_num_procs",
    type: "gauge",
    help: "Live processes and zombies, as process-exporter counts them. taskstats_processes has no zombies.",
    native: ["taskstats_processes"],
  },
  threads: {
    name: "namedprocess_namegroup_num_threads",
    type: "gauge",
    help: "Threads of live processes, leaders that have exited and zombies included. taskstats_threads has neither.",
    native: ["taskstats_threads"],
  },
  cpu: {
    name: "namedprocess_namegroup_cpu_seconds_total",
    type: "counter",
    help: "CPU time of taskstats_cpu_run_seconds_total, divided between the modes in the ratio that ticks sampled, as the kernel does in /proc/PID/stat.",
    native: ["taskstats_cpu_run_seconds_total", "taskstats_cpu_seconds_total"],
  },
  memory: {
    name: "namedprocess_namegroup_memory_bytes",
    type: "gauge",
    help: "Memory of live processes, as taskstats_memory_bytes.",
    native: ["taskstats_memory_bytes"],
  },
  openFds: {
    name: "namedprocess_namegroup_open_filedesc",
    type: "gauge",
    help: "Open file descriptors of live processes, as taskstats_open_fds.",
    native: ["taskstats_open_fds"],
  },
  worstFdRatio: {
    name: "namedprocess_namegroup_worst_fd_ratio",
    type: "gauge",
    help: "Open file descriptors by soft limit of the process closest to its limit, as taskstats_worst_fd_ratio.",
    native: ["taskstats_worst_fd_ratio"],
  },
  oldestStart: {
    name: "namedprocess_namegroup_oldest_start_time_seconds",
    type: "gauge",
    help: "Start of the oldest live process in whole seconds since 1970. Absent where none lives.",
    native: ["taskstats_oldest_process_start_time_seconds"],
  },
  states: {
    name: "namedprocess_namegroup_states",
    type: "gauge",
    help: "Threads by state, the first thread of a process with several twice, as process-exporter counts them. taskstats_thread_states counts each once.",
    native: ["taskstats_thread_states"],
  },
} as const satisfies Readonly<Record<string, ProcessExporterRow>>;

/** The live threads of each name. */
export const processExporterThreadCount = {
  name: "namedprocess_namegroup_thread_count",
  type: "gauge",
  help: "Live threads by name.",
  native: ["taskstats_threads_by_name"],
} as const satisfies ProcessExporterRow;

/** Counters of the threads of each name, besides the label `threadname`. They are shown with --collector.threads. */
export const processExporterThreadFields: readonly FieldRow[] = [
  {
    name: "namedprocess_namegroup_thread_cpu_seconds_total",
    type: "counter",
    help: "CPU time of the threads of a name by mode, sampled at timer ticks. taskstats_thread_cpu_run_seconds_total is measured.",
    native: ["taskstats_thread_cpu_run_seconds_total"],
    label: "mode",
    fields: { user: "ac_utime", system: "ac_stime" },
  },
  {
    name: "namedprocess_namegroup_thread_io_bytes_total",
    type: "counter",
    help: "Bytes that the threads of a name had fetched from storage or written to it.",
    native: ["taskstats_storage_read_bytes_total", "taskstats_storage_written_bytes_total"],
    label: "iomode",
    fields: { read: "read_bytes", write: "write_bytes" },
  },
  {
    name: "namedprocess_namegroup_thread_major_page_faults_total",
    type: "counter",
    help: "Page faults of the threads of a name that had to wait for I/O.",
    native: ["taskstats_page_faults_total"],
    fields: { "": "ac_majflt" },
  },
  {
    name: "namedprocess_namegroup_thread_minor_page_faults_total",
    type: "counter",
    help: "Page faults of the threads of a name that needed no I/O.",
    native: ["taskstats_page_faults_total"],
    fields: { "": "ac_minflt" },
  },
  {
    name: "namedprocess_namegroup_thread_context_switches_total",
    type: "counter",
    help: "Context switches of the threads of a name.",
    native: ["taskstats_context_switches_total"],
    label: "ctxswitchtype",
    fields: { voluntary: "nvcsw", nonvoluntary: "nivcsw" },
  },
];

/** The metrics about scrapes, each with the exporter's own counter that it shows. They are counters without `_total`. */
export const processExporterScrapes = [
  {
    name: "namedprocess_scrape_errors",
    type: "counter",
    help: "Scrapes that failed, as taskstats_exporter_scrape_errors_total.",
    native: ["taskstats_exporter_scrape_errors_total"],
    counter: "scrapeErrors",
  },
  {
    name: "namedprocess_scrape_procread_errors",
    type: "counter",
    help: "Queries for a process or a thread without an answer, as taskstats_exporter_queries_unanswered_total.",
    native: ["taskstats_exporter_queries_unanswered_total"],
    counter: "queriesUnanswered",
  },
  {
    name: "namedprocess_scrape_partial_errors",
    type: "counter",
    help: "Messages of the kernel that could not be read, as taskstats_exporter_malformed_messages_total.",
    native: ["taskstats_exporter_malformed_messages_total"],
    counter: "messagesMalformed",
  },
] as const satisfies readonly (ProcessExporterRow & { readonly counter: string })[];
