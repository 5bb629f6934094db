/** The exporter itself: can its figures be relied on, and what does it cost. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { allHosts as hosts, quantile, sumBy } from "./scope.ts";

const perSecond = (metric: string, labels = "instance"): string => sumBy(labels, hosts.rate(metric));
const inRange = (metric: string): string => sumBy("", hosts.increase(metric));

const health: Section = {
  title: "Can the figures be relied on",
  panels: [
    {
      view: "stat",
      title: "Exit events",
      description:
        "Not arriving: only polled figures; short processes are missing. The landing page and the log say why.",
      unit: units.BoolOnOff,
      states: ["not arriving", "arriving"],
      queries: [{ expr: `min(${hosts.series("taskstats_exporter_exit_listener_up")})`, legend: "arriving" }],
    },
    {
      view: "stat",
      title: "Delay accounting",
      description:
        "Off: delays other than cpu are not collected. sysctl -w kernel.task_delayacct=1, then restart what is to be looked at.",
      unit: units.BoolOnOff,
      states: ["off", "on"],
      queries: [{ expr: `min(${hosts.series("taskstats_exporter_delayacct_enabled")})`, legend: "enabled" }],
    },
    {
      view: "stat",
      title: "Events lost in this range",
      description:
        "Exit events that the kernel dropped. Any: raise --exits.receive-buffer; these ends are not billed in full.",
      unit: units.Short,
      limits: { look: 1 },
      queries: [{ expr: inRange("taskstats_exporter_exit_events_lost_total"), legend: "lost" }],
    },
    {
      view: "stat",
      title: "Processes without delays",
      description:
        "Live processes that were started while delay accounting was off. They show delays for the CPU only until they are restarted.",
      unit: units.Short,
      limits: { look: 1 },
      queries: [
        { expr: sumBy("", hosts.series("taskstats_exporter_processes_without_delayacct")), legend: "processes" },
      ],
    },
    {
      view: "stat",
      title: "Overflowed into other",
      description:
        "Processes put into the group other since the limit of groups was reached, and idle groups that gave way to new names. Any: use fewer, wider groups.",
      unit: units.Short,
      limits: { look: 1 },
      queries: [
        { expr: sumBy("", hosts.series("taskstats_exporter_groups_overflowed_total")), legend: "processes in other" },
        { expr: sumBy("", hosts.series("taskstats_exporter_groups_evicted_total")), legend: "groups given way" },
      ],
    },
    {
      view: "stat",
      title: "Configuration",
      description:
        "Failed: the exporter goes on with the configuration before. taskstats-exporter check-config says what is wrong.",
      unit: units.BoolYesNo,
      states: ["last load failed", "loaded"],
      queries: [{ expr: `min(${hosts.series("taskstats_exporter_config_last_reload_successful")})`, legend: "loaded" }],
    },
  ],
};

const events: Section = {
  title: "Exit events",
  panels: [
    {
      view: "lines",
      title: "Received and lost",
      description:
        "Exit events per second. Lost ones come with bursts: compare the height of the burst with the receive buffer, 1,280 bytes an event.",
      unit: units.CountsPerSecond,
      queries: [
        { expr: perSecond("taskstats_exporter_exit_events_total"), legend: "received {{instance}}" },
        { expr: perSecond("taskstats_exporter_exit_events_lost_total"), legend: "lost {{instance}}" },
      ],
    },
    {
      view: "lines",
      title: "Programs started",
      description:
        "Programs that were seen being started, per second, where rules need command lines or control groups of short-lived processes. 0 of the watcher: look into the log; such processes are then in the group unidentified. Unreadable: live processes whose command line or the like cannot be read, mostly since a file system hangs.",
      unit: units.CountsPerSecond,
      queries: [
        { expr: perSecond("taskstats_exporter_exec_events_total"), legend: "programs {{instance}}" },
        { expr: hosts.series("taskstats_exporter_exec_watcher_up"), legend: "watcher {{instance}}" },
        {
          expr: hosts.series("taskstats_exporter_unreadable_processes"),
          legend: "unreadable, {{reason}} {{instance}}",
        },
      ],
    },
    {
      view: "stacked",
      title: "How the group of an ended process was found",
      description:
        "tracked: it was seen alive. Values that begin with unidentified are ends billed to the group unidentified, since what a rule asks for was not known any more.",
      unit: units.CountsPerSecond,
      queries: [{ expr: perSecond("taskstats_exporter_exit_attribution_total", "by"), legend: "{{by}}" }],
    },
    {
      view: "lines",
      title: "What had to be mended",
      description:
        "Checks of all processes after a loss, processes that were gone without an event, records without a baseline, programs and forks that were missed, records that could not be attributed. All zero in a quiet life; a few after a burst are what they are for.",
      unit: units.CountsPerSecond,
      queries: [
        { expr: perSecond("taskstats_exporter_resyncs_total"), legend: "checks {{instance}}" },
        { expr: perSecond("taskstats_exporter_processes_vanished_total"), legend: "vanished {{instance}}" },
        {
          expr: perSecond("taskstats_exporter_exit_records_without_baseline_total"),
          legend: "without baseline {{instance}}",
        },
        { expr: perSecond("taskstats_exporter_exec_events_lost_total"), legend: "programs missed {{instance}}" },
        { expr: perSecond("taskstats_exporter_fork_events_lost_total"), legend: "forks missed {{instance}}" },
        {
          expr: perSecond("taskstats_exporter_exit_records_unattributed_total"),
          legend: "unattributed {{instance}}",
        },
      ],
    },
    {
      view: "lines",
      title: "CPU time that is estimated",
      description:
        "How far apart the bounds are between which the CPU time of ended threads is estimated. It grows with the number of short threads that sleep; what is shown is near the truth, and these are the worst cases.",
      unit: units.Short,
      queries: [{ expr: perSecond("taskstats_exporter_cpu_run_uncertain_seconds_total"), legend: "{{instance}}" }],
    },
    {
      view: "lines",
      title: "Waits refused",
      description:
        "Waits that the kernel told of and that cannot have happened, per second, and the mean number of seconds of each. As many as the host is up: false block I/O waits of Linux 6.12 and later; docs/metrics.md has the line that ends them.",
      unit: units.Short,
      queries: [
        {
          expr: perSecond("taskstats_exporter_implausible_delays_total", "instance, kind"),
          legend: "{{kind}} {{instance}}",
        },
        {
          expr: `${perSecond("taskstats_exporter_implausible_delay_seconds_total", "instance, kind")} / (${perSecond("taskstats_exporter_implausible_delays_total", "instance, kind")} > 0)`,
          legend: "seconds of one, {{kind}} {{instance}}",
        },
      ],
    },
    {
      view: "lines",
      title: "Errors",
      description:
        "Messages that could not be read, unanswered queries, scrapes answered with 503, clients refused or cut off, lines of the log that were lost. Any: the log has the code, docs/errors.md its meaning.",
      unit: units.CountsPerSecond,
      queries: [
        {
          expr: perSecond("taskstats_exporter_malformed_messages_total", "instance, code"),
          legend: "malformed {{code}}",
        },
        { expr: perSecond("taskstats_exporter_queries_unanswered_total"), legend: "unanswered {{instance}}" },
        { expr: perSecond("taskstats_exporter_scrape_errors_total", "instance, code"), legend: "scrape {{code}}" },
        { expr: perSecond("taskstats_exporter_log_lines_dropped_total"), legend: "log lines lost {{instance}}" },
        {
          expr: perSecond("taskstats_exporter_requests_rejected_total", "instance, reason"),
          legend: "refused {{reason}}",
        },
      ],
    },
  ],
};

const names: Section = {
  title: "Kubernetes",
  panels: [
    {
      view: "lines",
      title: "Names of pods",
      description:
        "In Kubernetes: whether names are current, pods that have one, and containers that have none yet. Not current for minutes: new containers show their id instead of names; the log says what the API server answered.",
      unit: units.Short,
      queries: [
        { expr: hosts.series("taskstats_exporter_pod_watch_up"), legend: "current {{instance}}" },
        { expr: hosts.series("taskstats_exporter_pods"), legend: "pods {{instance}}" },
        { expr: hosts.series("taskstats_exporter_containers_unnamed"), legend: "containers without name {{instance}}" },
      ],
    },
    {
      view: "lines",
      title: "Failed requests for names",
      description:
        "Requests to the API server that failed, per second. forbidden: the service account lacks list and watch of pods; gone now and then is usual.",
      unit: units.CountsPerSecond,
      queries: [
        {
          expr: perSecond("taskstats_exporter_pod_watch_errors_total", "instance, code"),
          legend: "{{code}} {{instance}}",
        },
      ],
    },
  ],
};

const cost: Section = {
  title: "What it costs",
  panels: [
    {
      view: "lines",
      title: "CPUs used by the exporter",
      description:
        "Its share of a CPU. It grows with processes and ends; far above 1 % for few of both is worth a report.",
      unit: units.PercentUnit,
      queries: [{ expr: perSecond("process_cpu_seconds_total"), legend: "{{instance}}" }],
    },
    {
      view: "lines",
      title: "Memory",
      description:
        "Resident memory of the exporter. It follows the number of processes and groups, not the time: a steady rise is a leak.",
      unit: units.BytesIEC,
      queries: [
        { expr: hosts.series("process_resident_memory_bytes"), legend: "resident {{instance}}" },
        { expr: hosts.series("nodejs_heap_size_used_bytes"), legend: "heap {{instance}}" },
      ],
    },
    {
      view: "lines",
      title: "Time of a poll",
      description:
        "Wall time in which all processes were asked, median and 99th percentile. Beyond a tenth of a second: very many processes, or no CPU for the exporter.",
      unit: units.Seconds,
      queries: [
        {
          expr: quantile(0.5, "instance", hosts.rate("taskstats_exporter_poll_duration_seconds_bucket")),
          legend: "median {{instance}}",
        },
        {
          expr: quantile(0.99, "instance", hosts.rate("taskstats_exporter_poll_duration_seconds_bucket")),
          legend: "99th {{instance}}",
        },
      ],
    },
    {
      view: "lines",
      title: "Lag of the event loop",
      description:
        "How late the exporter comes to what it should do. Beyond a second, events pile up in the kernel's buffer: give it CPU time.",
      unit: units.Seconds,
      queries: [
        { expr: hosts.series("nodejs_eventloop_lag_p99_seconds"), legend: "99th {{instance}}" },
        { expr: hosts.series("nodejs_eventloop_lag_max_seconds"), legend: "longest {{instance}}" },
      ],
    },
    {
      view: "lines",
      title: "Time of a scrape",
      description:
        "As Prometheus measures it, the way there and back included. Near its limit of 10 seconds, scrapes begin to fail.",
      unit: units.Seconds,
      queries: [
        {
          expr: `${hosts.series("scrape_duration_seconds")} and on (job, instance) ${hosts.series("taskstats_exporter_build_info")}`,
          legend: "{{instance}}",
        },
      ],
    },
    {
      view: "lines",
      title: "Queries and polled processes",
      description:
        "What the exporter asks of the kernel: at least one query per process that ran, more where it has threads.",
      unit: units.Short,
      queries: [
        { expr: perSecond("taskstats_exporter_queries_total"), legend: "queries per second {{instance}}" },
        { expr: hosts.series("taskstats_exporter_polled_processes"), legend: "processes {{instance}}" },
      ],
    },
    {
      view: "lines",
      title: "Groups",
      description:
        "Groups on the page; a thousand is the limit. A steady rise: names with numbers in them, which should be one group.",
      unit: units.Short,
      queries: [{ expr: hosts.series("taskstats_exporter_groups"), legend: "{{instance}}" }],
    },
    {
      view: "table",
      title: "Versions",
      description:
        "Exporter, Node.js, kernel and struct taskstats of each host. The struct's version decides which fields there are: docs/kernels.md.",
      unit: units.Short,
      width: 12,
      rows: ["instance", "version", "node_version", "release", "struct_version"],
      sortBy: "instance",
      queries: [
        {
          expr:
            `max by (instance, version, node_version, release, struct_version) (${hosts.series("taskstats_exporter_build_info")}` +
            ` * on (job, instance) group_left (release, struct_version) ${hosts.series("taskstats_exporter_kernel_info")})`,
          legend: "Present",
        },
      ],
    },
  ],
};

export const exporter: Dashboard = {
  uid: "taskstats-exporter",
  title: "Taskstats / The exporter itself",
  description: "Whether its figures can be relied on, what was lost, and what it costs.",
  variables: [],
  sections: [health, events, names, cost],
};
