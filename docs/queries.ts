/**
 * One query worth knowing per metric, for docs/metrics.md. A metric without one fails a test, and a real Prometheus is
 * asked each of them (test/e2e/prometheus.test.ts).
 */

export interface QueryRow {
  readonly expr: string;
  /** What the answer says, in one sentence. */
  readonly says: string;
}

export const queries: Readonly<Record<string, QueryRow>> = {
  taskstats_delay_seconds_total: {
    expr: "topk(5, sum by (groupname, kind) (rate(taskstats_delay_seconds_total[5m])))",
    says: "What most tasks wait for, and whose they are; 1 means that on average one task waits.",
  },
  taskstats_thread_cpu_run_seconds_total: {
    expr: "topk(5, sum by (groupname, threadname) (rate(taskstats_thread_cpu_run_seconds_total[5m])))",
    says: "Which threads of which group have the CPUs.",
  },
  taskstats_thread_delay_seconds_total: {
    expr: "topk(5, sum by (groupname, threadname, kind) (rate(taskstats_thread_delay_seconds_total[5m])))",
    says: "Which threads wait most, and for what: a pool that waits for a CPU, or the one thread that writes the log.",
  },
  taskstats_threads_by_name: {
    expr: "topk(5, sum by (groupname, threadname) (taskstats_threads_by_name))",
    says: "Which names most threads have; one that only grows is a leak of threads.",
  },
  taskstats_cpu_throttled_seconds_total: {
    expr: 'sum by (groupname) (rate(taskstats_cpu_throttled_seconds_total[5m])) / (sum by (groupname) (rate(taskstats_delay_seconds_total{kind="cpu"}[5m])) > 0.01)',
    says: "How much of a group's waits for a CPU is its quota: far below what one wait counts it is other processes, near 1 or above it is the quota.",
  },
  taskstats_thread_states: {
    expr: 'sum by (groupname) (taskstats_thread_states{state="uninterruptible"}) > 0',
    says: "Whose threads are in a wait that cannot be interrupted at this moment, and how many.",
  },
  taskstats_uninterruptible_seconds: {
    expr: "topk(5, taskstats_uninterruptible_seconds)",
    says: "Whose threads have hung for longest in a wait that has not ended; a few seconds are load, minutes are a disk or a server that does not answer.",
  },
  taskstats_memory_bytes: {
    expr: 'topk(5, sum by (groupname) (taskstats_memory_bytes{kind=~"resident|swap"}))',
    says: "Who has most memory, in RAM or swapped out; pages that processes share count for each of them.",
  },
  taskstats_open_fds: {
    expr: "topk(5, delta(taskstats_open_fds[1h]))",
    says: "Whose open descriptors rose most within the hour: a steady rise is a leak.",
  },
  taskstats_worst_fd_ratio: {
    expr: "topk(5, taskstats_worst_fd_ratio)",
    says: "Whose processes are closest to their limit of open descriptors; at 1 the next open fails with EMFILE.",
  },
  taskstats_exporter_oldest_reading_seconds: {
    expr: "max by (instance) (taskstats_exporter_oldest_reading_seconds)",
    says: "How old states, memory and descriptors of a process that has not run since may be.",
  },
  taskstats_delays_total: {
    expr: "sum by (groupname, kind) (rate(taskstats_delay_seconds_total[5m])) / (sum by (groupname, kind) (rate(taskstats_delays_total[5m])) > 0)",
    says: "How long one wait takes on average; for blkio this is the disk's latency as the group feels it.",
  },
  taskstats_context_switches_total: {
    expr: 'topk(5, sum by (groupname) (rate(taskstats_context_switches_total{kind="involuntary"}[5m])))',
    says: "Whose tasks are put off the CPU most often although they would go on.",
  },
  taskstats_cpu_run_seconds_total: {
    expr: 'sum by (groupname) (rate(taskstats_delay_seconds_total{kind="cpu"}[5m])) / (sum by (groupname) (rate(taskstats_cpu_run_seconds_total[5m])) > 0.01)',
    says: "Waiting for a CPU per second of running; above 1 a group waits more than it runs.",
  },
  taskstats_cpu_run_real_seconds_total: {
    expr: "sum by (groupname) (rate(taskstats_cpu_run_real_seconds_total[5m])) / (sum by (groupname) (rate(taskstats_cpu_run_seconds_total[5m])) > 0.01)",
    says: "What ticks sampled of the CPU time that was measured; far below 1 a group runs in step with ticks, and they miss it.",
  },
  taskstats_cpu_seconds_total: {
    expr: 'sum by (groupname) (rate(taskstats_cpu_seconds_total{mode="system"}[5m])) / (sum by (groupname) (rate(taskstats_cpu_seconds_total[5m])) > 0.01)',
    says: "The share of a group's CPU time that is spent in the kernel.",
  },
  taskstats_cpu_scaled_seconds_total: {
    expr: "sum by (groupname) (rate(taskstats_cpu_scaled_seconds_total[5m])) / (sum by (groupname) (rate(taskstats_cpu_seconds_total[5m])) > 0.01)",
    says: "The speed of the CPUs that a group ran on; 1 where the architecture does not scale.",
  },
  taskstats_page_faults_total: {
    expr: 'topk(5, sum by (groupname) (rate(taskstats_page_faults_total{kind="major"}[5m])))',
    says: "Who has to read its pages from a disk; steady rates mean too little memory.",
  },
  taskstats_storage_read_bytes_total: {
    expr: "topk(5, sum by (groupname) (rate(taskstats_storage_read_bytes_total[5m])))",
    says: "Who reads from the disks.",
  },
  taskstats_storage_written_bytes_total: {
    expr: "topk(5, sum by (groupname) (rate(taskstats_storage_written_bytes_total[5m])))",
    says: "Who makes the disks write, now or when the pages are flushed.",
  },
  taskstats_storage_cancelled_write_bytes_total: {
    expr: "sum by (groupname) (rate(taskstats_storage_written_bytes_total[5m])) - sum by (groupname) (rate(taskstats_storage_cancelled_write_bytes_total[5m]))",
    says: "What is left to be written after files that were removed before they reached the disk.",
  },
  taskstats_io_read_bytes_total: {
    expr: "1 - sum by (groupname) (rate(taskstats_storage_read_bytes_total[5m])) / (sum by (groupname) (rate(taskstats_io_read_bytes_total[5m])) > 0)",
    says: "The share of what a group read that came from the page cache, a pipe or a socket; below 0 for pages that were read by other ways than calls.",
  },
  taskstats_io_written_bytes_total: {
    expr: "topk(5, sum by (groupname) (rate(taskstats_io_written_bytes_total[5m])))",
    says: "Who writes most, to files, pipes and sockets.",
  },
  taskstats_io_read_syscalls_total: {
    expr: "sum by (groupname) (increase(taskstats_io_read_bytes_total[1h])) / (sum by (groupname) (increase(taskstats_io_read_syscalls_total[1h])) > 0)",
    says: "Bytes per read call; a few hundred or less ask for larger buffers.",
  },
  taskstats_io_write_syscalls_total: {
    expr: "sum by (groupname) (increase(taskstats_io_written_bytes_total[1h])) / (sum by (groupname) (increase(taskstats_io_write_syscalls_total[1h])) > 0)",
    says: "Bytes per write call; a few hundred or less ask for larger buffers.",
  },
  taskstats_rss_byte_seconds_total: {
    expr: "sum by (groupname) (rate(taskstats_rss_byte_seconds_total[5m])) / (sum by (groupname) (rate(taskstats_cpu_run_real_seconds_total[5m])) > 0)",
    says: "Resident memory of a process of the group, averaged over the CPU time used.",
  },
  taskstats_virtual_memory_byte_seconds_total: {
    expr: "sum by (groupname) (rate(taskstats_virtual_memory_byte_seconds_total[5m])) / (sum by (groupname) (rate(taskstats_cpu_run_real_seconds_total[5m])) > 0)",
    says: "Virtual memory of a process of the group, averaged over the CPU time used.",
  },
  taskstats_delay_max_seconds: {
    expr: 'topk(5, taskstats_delay_max_seconds{kind="cpu"})',
    says: "Who once waited longest for a CPU since the exporter started.",
  },
  taskstats_processes: {
    expr: "topk(5, sum by (groupname) (taskstats_processes))",
    says: "The groups with the most processes.",
  },
  taskstats_threads: {
    expr: "topk(5, sum by (groupname) (deriv(taskstats_threads[1h])))",
    says: "Whose threads become more and more, in threads per second.",
  },
  taskstats_process_starts_total: {
    expr: "topk(5, sum by (groupname) (rate(taskstats_process_starts_total[5m])))",
    says: "Who starts processes all the time, those too short-lived for any list included.",
  },
  taskstats_process_exits_total: {
    expr: 'sum by (groupname, reason, code) (increase(taskstats_process_exits_total{code!="0"}[1h])) > 0',
    says: "Who ended otherwise than with success within an hour, and how.",
  },
  taskstats_thread_exits_total: {
    expr: "topk(5, sum by (groupname) (rate(taskstats_thread_exits_total[5m])) - sum by (groupname) (rate(taskstats_process_exits_total[5m])))",
    says: "Who ends threads rather than processes: a thread per request shows here.",
  },
  taskstats_oldest_process_start_time_seconds: {
    expr: "sort(time() - taskstats_oldest_process_start_time_seconds)",
    says: "How long the groups have been running, the youngest first.",
  },
  taskstats_process_lifetime_seconds: {
    expr: 'sum by (groupname) (rate(taskstats_process_lifetime_seconds_bucket{le="0.1"}[5m]))',
    says: "Processes per second that lived for less than a tenth of a second.",
  },
  taskstats_process_cpu_seconds: {
    expr: "sum by (groupname) (rate(taskstats_process_cpu_seconds_sum[5m])) / (sum by (groupname) (rate(taskstats_process_cpu_seconds_count[5m])) > 0)",
    says: "CPU time that one process of the group takes over its whole life.",
  },
  taskstats_process_delay_seconds: {
    expr: "histogram_quantile(0.95, sum by (le, groupname, kind) (rate(taskstats_process_delay_seconds_bucket[5m])))",
    says: "What one job in twenty waited longer than, from its start to its end.",
  },
  taskstats_process_max_rss_bytes: {
    expr: "histogram_quantile(0.99, sum by (le, groupname) (increase(taskstats_process_max_rss_bytes_bucket[1d])))",
    says: "The memory that all but one in a hundred processes do with: a limit to begin with.",
  },
  taskstats_exporter_build_info: {
    expr: "count by (version, node_version) (taskstats_exporter_build_info)",
    says: "Which builds run, and on how many hosts.",
  },
  taskstats_exporter_kernel_info: {
    expr: "count by (release, struct_version, struct_bytes) (taskstats_exporter_kernel_info)",
    says: "Which kernels run; the struct's version says which fields they have.",
  },
  taskstats_exporter_privileges_info: {
    expr: "count by (uid, capabilities, no_new_privs) (taskstats_exporter_privileges_info)",
    says: "What exporters may do, and how many of them: NET_ADMIN, or NET_ADMIN,SYS_NICE, is all that one needs.",
  },
  taskstats_exporter_delayacct_enabled: {
    expr: "taskstats_exporter_delayacct_enabled == bool 0",
    says: "1 for hosts that do not account delays other than for the CPU.",
  },
  taskstats_exporter_processes_without_delayacct: {
    expr: "taskstats_exporter_processes_without_delayacct / taskstats_exporter_polled_processes",
    says: "The share of processes that have to be restarted before all their delays are seen.",
  },
  taskstats_exporter_exit_listener_up: {
    expr: "min(taskstats_exporter_exit_listener_up)",
    says: "0 where at least one host gets no exit events.",
  },
  taskstats_exporter_exit_events_total: {
    expr: "max_over_time(rate(taskstats_exporter_exit_events_total[1m])[1d:1m])",
    says: "The worst minute of a day in ended threads per second, to size the receive buffer by.",
  },
  taskstats_exporter_exit_events_lost_total: {
    expr: "rate(taskstats_exporter_exit_events_lost_total[5m]) / (rate(taskstats_exporter_exit_events_total[5m]) + rate(taskstats_exporter_exit_events_lost_total[5m]) > 0)",
    says: "The share of exit events that the kernel dropped.",
  },
  taskstats_exporter_malformed_messages_total: {
    expr: "sum by (instance, code) (increase(taskstats_exporter_malformed_messages_total[1h])) > 0",
    says: "Messages of the kernel that could not be read; any of them is worth a report.",
  },
  taskstats_exporter_exit_attribution_total: {
    expr: 'sum by (instance) (rate(taskstats_exporter_exit_attribution_total{by=~"unidentified.*"}[5m])) / (sum by (instance) (rate(taskstats_exporter_exit_attribution_total[5m])) > 0)',
    says: "The share of ends whose group could not be told; they are in the group unidentified.",
  },
  taskstats_exporter_exit_records_without_baseline_total: {
    expr: "increase(taskstats_exporter_exit_records_without_baseline_total[1h])",
    says: "Ends of tasks older than the exporter that it had not polled yet; some after its start are usual.",
  },
  taskstats_exporter_cpu_run_uncertain_seconds_total: {
    expr: "rate(taskstats_exporter_cpu_run_uncertain_seconds_total[5m]) / (sum by (job, instance) (rate(taskstats_cpu_run_seconds_total[5m])) > 0)",
    says: "By how much of the CPU time of all groups the estimates at the end of threads could be wrong at the very most.",
  },
  taskstats_exporter_exec_watcher_up: {
    expr: "taskstats_exporter_exec_watcher_up == bool 0",
    says: "1 for hosts whose rules need programs to be watched as they start, where that fails.",
  },
  taskstats_exporter_exec_events_total: {
    expr: "rate(taskstats_exporter_exec_events_total[5m])",
    says: "Programs started per second.",
  },
  taskstats_exporter_exec_events_lost_total: {
    expr: "increase(taskstats_exporter_exec_events_lost_total[1h])",
    says: "Programs whose start was missed; what they were in the meantime may be billed to their former group.",
  },
  taskstats_exporter_unreadable_processes: {
    expr: "max_over_time(taskstats_exporter_unreadable_processes[10m]) > 0",
    says: "Hosts with processes that cannot be read, by the reason; cmdline_blocked: look for a file system that hangs (tasks in state D).",
  },
  taskstats_exporter_pod_watch_up: {
    expr: "taskstats_exporter_pod_watch_up == 0",
    says: "Nodes on which new containers get no names, since the API server does not tell them.",
  },
  taskstats_exporter_pod_watch_errors_total: {
    expr: "increase(taskstats_exporter_pod_watch_errors_total[1h])",
    says: "What the API server did not answer, and why.",
  },
  taskstats_exporter_pods: {
    expr: "taskstats_exporter_pods",
    says: "Pods by node, those of the host's network and static ones included.",
  },
  taskstats_exporter_containers_unnamed: {
    expr: "taskstats_exporter_containers_unnamed",
    says: "Containers whose series show an id instead of names; not 0 for long where the API server is away.",
  },
  taskstats_exporter_fork_events_lost_total: {
    expr: "increase(taskstats_exporter_fork_events_lost_total[1h])",
    says: "Before Linux 5.19: forks that were missed, so that ends may not be attributed.",
  },
  taskstats_exporter_exit_records_unattributed_total: {
    expr: "increase(taskstats_exporter_exit_records_unattributed_total[1h])",
    says: "Before Linux 5.19: ends that were billed to the group unidentified for want of a fork event.",
  },
  taskstats_exporter_implausible_delays_total: {
    expr: "sum by (instance, kind) (increase(taskstats_exporter_implausible_delays_total[1h])) > 0",
    says: "How many waits the kernel told of that cannot have happened.",
  },
  taskstats_exporter_implausible_delay_seconds_total: {
    expr: "sum by (instance, kind) (increase(taskstats_exporter_implausible_delay_seconds_total[1h])) / (sum by (instance, kind) (increase(taskstats_exporter_implausible_delays_total[1h])) > 0)",
    says: "How long one of them would have been: about as long as the host is up where they are the false block I/O waits of Linux 6.12 and later.",
  },
  taskstats_exporter_resyncs_total: {
    expr: "increase(taskstats_exporter_resyncs_total[1h])",
    says: "How often a loss of exit events made the exporter check everything again.",
  },
  taskstats_exporter_processes_vanished_total: {
    expr: "increase(taskstats_exporter_processes_vanished_total[1h])",
    says: "Processes that ended without an event that arrived.",
  },
  taskstats_exporter_polled_processes: {
    expr: "taskstats_exporter_polled_processes",
    says: "How many processes a poll asks about: what a scrape costs follows it.",
  },
  taskstats_exporter_queries_total: {
    expr: "rate(taskstats_exporter_queries_total[5m])",
    says: "Queries to the kernel per second.",
  },
  taskstats_exporter_queries_unanswered_total: {
    expr: "increase(taskstats_exporter_queries_unanswered_total[1h])",
    says: "Queries without an answer; more than a few mean that replies did not fit the socket's buffer.",
  },
  taskstats_exporter_poll_duration_seconds: {
    expr: "histogram_quantile(0.99, sum by (le, instance) (rate(taskstats_exporter_poll_duration_seconds_bucket[5m])))",
    says: "How long a poll of all processes takes, at worst.",
  },
  taskstats_cgroup_tasks: {
    expr: 'sum by (instance, cgroup) (taskstats_cgroup_tasks{state=~"uninterruptible|io_wait"})',
    says: "How many threads of a control group wait for disks or file systems now, those included whose wait has not ended.",
  },
  taskstats_exporter_scrape_errors_total: {
    expr: "sum by (instance, code) (increase(taskstats_exporter_scrape_errors_total[1h]))",
    says: "Scrapes that were answered with 503, by the code of the error.",
  },
  taskstats_exporter_log_lines_dropped_total: {
    expr: "increase(taskstats_exporter_log_lines_dropped_total[1h]) > 0",
    says: "Hosts whose log is incomplete: the disk is full, or whoever reads it is gone.",
  },
  taskstats_exporter_requests_rejected_total: {
    expr: "sum by (instance, reason) (increase(taskstats_exporter_requests_rejected_total[1h]))",
    says: "Requests that were refused or cut off, since clients took too much.",
  },
  taskstats_exporter_groups: {
    expr: "taskstats_exporter_groups > 0.8 * 1000",
    says: "Hosts that come near the limit of 1,000 groups.",
  },
  taskstats_exporter_groups_overflowed_total: {
    expr: "taskstats_exporter_groups_overflowed_total > 0",
    says: "Hosts on which processes are mixed up in the group other.",
  },
  taskstats_exporter_groups_evicted_total: {
    expr: "increase(taskstats_exporter_groups_evicted_total[1h]) > 0",
    says: "Hosts with more names than groups: idle ones gave way, and their counters begin anew when they come back.",
  },
  taskstats_exporter_thread_names_overflowed_total: {
    expr: "increase(taskstats_exporter_thread_names_overflowed_total[1h]) > 0",
    says: "Hosts on which threads are mixed up under the name other: raise limits.max_thread_names, or let programs give threads of one kind the same name.",
  },
  taskstats_exporter_config_last_reload_successful: {
    expr: "taskstats_exporter_config_last_reload_successful == 0",
    says: "Hosts whose configuration was changed and not accepted.",
  },
  taskstats_exporter_config_last_reload_success_timestamp_seconds: {
    expr: "time() - taskstats_exporter_config_last_reload_success_timestamp_seconds",
    says: "Age of the configuration in use.",
  },
};
