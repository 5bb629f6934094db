/** The table of the exporter's metrics about itself. All names begin with `taskstats_exporter_`. */

interface ExporterMetricRow {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly labels: readonly string[];
  readonly help: string;
}

export const exporterMetrics = {
  buildInfo: {
    name: "taskstats_exporter_build_info",
    type: "gauge",
    labels: ["version", "node_version"],
    help: "Always 1; the labels say which build this is.",
  },
  kernelInfo: {
    name: "taskstats_exporter_kernel_info",
    type: "gauge",
    labels: ["release", "struct_version", "struct_bytes"],
    help: "Always 1; the labels give the kernel's release and the version and size of its struct taskstats.",
  },
  privilegesInfo: {
    name: "taskstats_exporter_privileges_info",
    type: "gauge",
    labels: ["uid", "capabilities", "bounding", "no_new_privs", "seccomp"],
    help: "Always 1; the labels say what the exporter may do, the strongest of its threads taken: its effective user, its capabilities, those that a program executed by it could have at the most (bounding set), whether none can gain more (no_new_privs), and whether a filter of system calls is in force.",
  },
  delayacctEnabled: {
    name: "taskstats_exporter_delayacct_enabled",
    type: "gauge",
    labels: [],
    help: "1 where the kernel accounts delays of processes started now (kernel.task_delayacct), else 0.",
  },
  processesWithoutDelayacct: {
    name: "taskstats_exporter_processes_without_delayacct",
    type: "gauge",
    labels: [],
    help: "Live processes whose delays other than cpu the kernel does not account, because they were started while delay accounting was off.",
  },
  exitListenerUp: {
    name: "taskstats_exporter_exit_listener_up",
    type: "gauge",
    labels: [],
    help: "1 where exit events arrive, 0 where the figures are polled ones only.",
  },
  exitEvents: {
    name: "taskstats_exporter_exit_events_total",
    type: "counter",
    labels: [],
    help: "Exit events received, one per ended thread.",
  },
  exitEventsLost: {
    name: "taskstats_exporter_exit_events_lost_total",
    type: "counter",
    labels: [],
    help: "Exit events that the kernel dropped because the receive buffer was full (SO_MEMINFO). Received and lost together are what ended.",
  },
  messagesMalformed: {
    name: "taskstats_exporter_malformed_messages_total",
    type: "counter",
    labels: ["code"],
    help: "Netlink messages that could not be read and were dropped, by error code.",
  },
  exitAttribution: {
    name: "taskstats_exporter_exit_attribution_total",
    type: "counter",
    labels: ["by"],
    help: "Ended processes by how their group was found: tracked (seen alive before), exec (seen when its program was started, or soon after it was forked with a title of its own), event (from its last record), parent (it runs the program from which it was forked, or is in its parent's control group), cgroup (from /proc after its end), or why it is in the group unidentified: what a rule needs was never seen.",
  },
  eventsWithoutBaseline: {
    name: "taskstats_exporter_exit_records_without_baseline_total",
    type: "counter",
    labels: [],
    help: "Final figures that were not billed because the task is older than the exporter and ended before it was first polled.",
  },
  execWatcherUp: {
    name: "taskstats_exporter_exec_watcher_up",
    type: "gauge",
    labels: [],
    help: "1 where programs are watched as they are started, 0 where they cannot be: short-lived processes that a rule needs a command line or control group of are then in the group unidentified. Absent where no rule needs it.",
  },
  execEvents: {
    name: "taskstats_exporter_exec_events_total",
    type: "counter",
    labels: [],
    help: "Programs that were seen being started. Absent where no rule needs it.",
  },
  execEventsLost: {
    name: "taskstats_exporter_exec_events_lost_total",
    type: "counter",
    labels: [],
    help: "Starts of programs and forks of processes of which the kernel could not tell because the receive buffer was full; all live processes are then classified again. Absent where no rule needs it.",
  },
  unreadableProcesses: {
    name: "taskstats_exporter_unreadable_processes",
    type: "gauge",
    labels: ["reason"],
    help: "Live processes of which something cannot be read, by the reason. cmdline_blocked: reading the command line blocks, since the lock of the process's memory is held by a task that waits, mostly for a file system that hangs. A process that was never read is in the group unidentified meanwhile. hidepid: /proc does not show processes of other users, which are counted among ids up to 200,000; their ends are counted all the same. A reason is absent where it cannot be.",
  },
  forkEventsLost: {
    name: "taskstats_exporter_fork_events_lost_total",
    type: "counter",
    labels: [],
    help: "Fork events that the kernel dropped because the receive buffer was full. Before Linux 5.19, where exit events name no process; later kernels have no such series.",
  },
  exitRecordsUnattributed: {
    name: "taskstats_exporter_exit_records_unattributed_total",
    type: "counter",
    labels: [],
    help: "Exit events of which nobody knows whether a thread's or a process's end they are, because a fork event was lost; what a thread's record bills is in the group unidentified. Before Linux 5.19, as above.",
  },
  cpuRunUncertain: {
    name: "taskstats_exporter_cpu_run_uncertain_seconds_total",
    type: "counter",
    labels: [],
    help: "How far apart the bounds are between which the CPU time of ended threads that slept is estimated in taskstats_cpu_run_seconds_total, summed up; of one that never slept it is known. Absent without exit events.",
  },
  implausibleDelays: {
    name: "taskstats_exporter_implausible_delays_total",
    type: "counter",
    labels: ["kind"],
    help: "Waits that the kernel told of and that cannot have happened, by kind of delay: no thread waits for longer than it grew older by while it neither ran nor waited otherwise. They are in no other figure.",
  },
  implausibleDelaySeconds: {
    name: "taskstats_exporter_implausible_delay_seconds_total",
    type: "counter",
    labels: ["kind"],
    help: "Duration of the waits that were refused, by kind of delay; by what the kernel's clocks differ is in it too. Where a record does not tell which of its waits was false, all of them are here.",
  },
  resyncs: {
    name: "taskstats_exporter_resyncs_total",
    type: "counter",
    labels: [],
    help: "Times that all tracked processes were checked against /proc after exit events had been lost.",
  },
  vanished: {
    name: "taskstats_exporter_processes_vanished_total",
    type: "counter",
    labels: [],
    help: "Processes that were gone without an exit event; what they did after the last poll is not billed.",
  },
  polledProcesses: {
    name: "taskstats_exporter_polled_processes",
    type: "gauge",
    labels: [],
    help: "Processes that the last poll asked the kernel about.",
  },
  queries: {
    name: "taskstats_exporter_queries_total",
    type: "counter",
    labels: [],
    help: "Queries sent to the kernel, for processes and for single threads.",
  },
  queriesUnanswered: {
    name: "taskstats_exporter_queries_unanswered_total",
    type: "counter",
    labels: [],
    help: "Queries to which the kernel gave neither figures nor an error.",
  },
  pollDuration: {
    name: "taskstats_exporter_poll_duration_seconds",
    type: "histogram",
    labels: [],
    help: "Wall time of the polls of all processes.",
  },
  scrapeErrors: {
    name: "taskstats_exporter_scrape_errors_total",
    type: "counter",
    labels: ["code"],
    help: "Scrapes that were answered with 503, by error code.",
  },
  logLinesDropped: {
    name: "taskstats_exporter_log_lines_dropped_total",
    type: "counter",
    labels: [],
    help: "Lines of the log that could not be written: its reader was gone or too slow, or its disk was full.",
  },
  requestsRejected: {
    name: "taskstats_exporter_requests_rejected_total",
    type: "counter",
    labels: ["reason"],
    help: "Requests that were refused or cut off because clients took too much: max_requests (--web.max-requests scrapes were being served), slow_reader (took nothing of its page for long), pipelined (too many requests waited on one connection), connections (too many were open), body (a request came with one), passwords (too many waited to be compared, of one address or in all).",
  },
  groups: {
    name: "taskstats_exporter_groups",
    type: "gauge",
    labels: [],
    help: "Process groups on the page.",
  },
  groupsOverflowed: {
    name: "taskstats_exporter_groups_overflowed_total",
    type: "counter",
    labels: [],
    help: "Processes that were put into the group other because the limit of groups was reached and no group could give way.",
  },
  groupsEvicted: {
    name: "taskstats_exporter_groups_evicted_total",
    type: "counter",
    labels: [],
    help: "Groups without processes that gave way to others because the limit of groups was reached. Their counters begin anew when they come back.",
  },
  podWatchUp: {
    name: "taskstats_exporter_pod_watch_up",
    type: "gauge",
    labels: [],
    help: "1 where the names of this node's pods are current, 0 while the API server does not tell them. Absent where pods are not watched.",
  },
  podWatchErrors: {
    name: "taskstats_exporter_pod_watch_errors_total",
    type: "counter",
    labels: ["code"],
    help: "Failed requests for the pods of this node, by what went wrong. Absent where pods are not watched.",
  },
  pods: {
    name: "taskstats_exporter_pods",
    type: "gauge",
    labels: [],
    help: "Pods of this node whose names are known. Absent where pods are not watched.",
  },
  containersUnnamed: {
    name: "taskstats_exporter_containers_unnamed",
    type: "gauge",
    labels: [],
    help: "Containers with figures that no pod lists yet; their series are held back for a moment and then labelled with the container's id until the name comes. Absent where pods are not watched.",
  },
  configReloadSuccessful: {
    name: "taskstats_exporter_config_last_reload_successful",
    type: "gauge",
    labels: [],
    help: "1 where the last load of the configuration succeeded, else 0.",
  },
  configReloadTimestamp: {
    name: "taskstats_exporter_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    labels: [],
    help: "Time of the last successful load of the configuration, in seconds since 1970.",
  },
} as const satisfies Record<string, ExporterMetricRow>;

/** Upper bounds of the buckets of `pollDuration`, in seconds. */
export const pollDurationBuckets: readonly number[] = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
