/** The dashboard of the exporter itself: whether its figures can be relied on, and what it costs. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { drawCurves, drawStats, type Shown } from "./rows.ts";
import { allHosts as hosts, lowest, quantile, sumBy } from "./scope.ts";

const perSecond = (labels: string, metric: string): string => sumBy(labels, hosts.rate(metric));
const pollQuantile = (q: number): string => quantile(q, "instance", hosts, "taskstats_exporter_poll_duration_seconds");

const legendOf = (what: string): string => `${what} {{instance}}`.trimStart();

/** A figure of each instance; the legend begins with `what`. */
const gauge = (what: string, metric: string): Shown => [legendOf(what), hosts.series(metric)];

/** As `gauge`, what a counter grows by per second. */
const counter = (what: string, metric: string): Shown => [legendOf(what), perSecond("instance", metric)];

const health: Section = {
  title: "Can the figures be relied on",
  panels: drawStats([
    {
      title: "Exit events",
      description:
        "Not arriving: only polled figures; short processes are missing. The landing page and the log say why.",
      unit: units.BoolOnOff,
      states: ["not arriving", "arriving"],
      shows: [["arriving", lowest(hosts.series("taskstats_exporter_exit_listener_up"))]],
    },
    {
      title: "Delay accounting",
      description:
        "Off: delays other than cpu are not collected. sysctl -w kernel.task_delayacct=1, then restart what is to be looked at.",
      unit: units.BoolOnOff,
      states: ["off", "on"],
      shows: [["enabled", lowest(hosts.series("taskstats_exporter_delayacct_enabled"))]],
    },
    {
      title: "Events lost in this range",
      description:
        "Exit events that the kernel dropped. Any: raise --exits.receive-buffer; these ends are not billed in full.",
      unit: units.Short,
      limits: { look: 1 },
      shows: [["lost", sumBy("", hosts.increase("taskstats_exporter_exit_events_lost_total"))]],
    },
    {
      title: "Processes without delays",
      description:
        "Live processes that were started while delay accounting was off. They show delays for the CPU only until they are restarted.",
      unit: units.Short,
      limits: { look: 1 },
      shows: [["processes", sumBy("", hosts.series("taskstats_exporter_processes_without_delayacct"))]],
    },
    {
      title: "Overflowed into other",
      description:
        "Processes put into the group other since the limit of groups was reached, and idle groups that gave way to new names. Any: use fewer, wider groups. With --collector.threads also threads put under the name other; raise limits.max_thread_names.",
      unit: units.Short,
      limits: { look: 1 },
      shows: [
        ["processes in other", sumBy("", hosts.series("taskstats_exporter_groups_overflowed_total"))],
        ["groups given way", sumBy("", hosts.series("taskstats_exporter_groups_evicted_total"))],
        ["threads in other", sumBy("", hosts.series("taskstats_exporter_thread_names_overflowed_total"))],
      ],
    },
    {
      title: "Configuration",
      description:
        "Failed: the exporter goes on with the configuration before. taskstats-exporter check-config says what is wrong.",
      unit: units.BoolYesNo,
      states: ["last load failed", "loaded"],
      shows: [["loaded", lowest(hosts.series("taskstats_exporter_config_last_reload_successful"))]],
    },
  ]),
};

const events: Section = {
  title: "Exit events",
  panels: drawCurves([
    {
      title: "Received and lost",
      description:
        "Exit events per second. Lost ones come with bursts: compare the height of the burst with the receive buffer, 1,280 bytes an event.",
      unit: units.CountsPerSecond,
      shows: [
        counter("received", "taskstats_exporter_exit_events_total"),
        counter("lost", "taskstats_exporter_exit_events_lost_total"),
      ],
    },
    {
      title: "Programs started",
      description:
        "Programs that were seen being started, per second, where rules need command lines or control groups of short-lived processes. 0 of the watcher: look into the log; such processes are then in the group unidentified. Unreadable: live processes whose command line or the like cannot be read, mostly since a file system hangs.",
      unit: units.CountsPerSecond,
      shows: [
        counter("programs", "taskstats_exporter_exec_events_total"),
        gauge("watcher", "taskstats_exporter_exec_watcher_up"),
        gauge("unreadable, {{reason}}", "taskstats_exporter_unreadable_processes"),
      ],
    },
    {
      view: "stacked",
      title: "How the group of an ended process was found",
      description:
        "tracked: it was seen alive. Values that begin with unidentified are ends billed to the group unidentified, since what a rule asks for was not known any more.",
      unit: units.CountsPerSecond,
      shows: [["{{by}}", perSecond("by", "taskstats_exporter_exit_attribution_total")]],
    },
    {
      title: "What had to be mended",
      description:
        "Checks of all processes after a loss, processes that were gone without an event, records without a baseline, programs and forks that were missed, records that could not be attributed. All zero in a quiet life; a few after a burst are what they are for.",
      unit: units.CountsPerSecond,
      shows: [
        counter("checks", "taskstats_exporter_resyncs_total"),
        counter("vanished", "taskstats_exporter_processes_vanished_total"),
        counter("without baseline", "taskstats_exporter_exit_records_without_baseline_total"),
        counter("programs missed", "taskstats_exporter_exec_events_lost_total"),
        counter("forks missed", "taskstats_exporter_fork_events_lost_total"),
        counter("unattributed", "taskstats_exporter_exit_records_unattributed_total"),
      ],
    },
    {
      title: "CPU time that is estimated",
      description:
        "How far apart the bounds are between which the CPU time of ended threads is estimated. It grows with the number of short threads that sleep; what is shown is near the truth, and these are the worst cases.",
      unit: units.Short,
      shows: [counter("", "taskstats_exporter_cpu_run_uncertain_seconds_total")],
    },
    {
      title: "Waits refused",
      description:
        "Waits that the kernel told of and that cannot have happened, per second, and the mean number of seconds of each. As many as the host is up: false block I/O waits of Linux 6.12 and later; docs/metrics.md has the line that ends them.",
      unit: units.Short,
      shows: [
        ["{{kind}} {{instance}}", perSecond("instance, kind", "taskstats_exporter_implausible_delays_total")],
        [
          "seconds of one, {{kind}} {{instance}}",
          `${perSecond("instance, kind", "taskstats_exporter_implausible_delay_seconds_total")} / (${perSecond("instance, kind", "taskstats_exporter_implausible_delays_total")} > 0)`,
        ],
      ],
    },
    {
      title: "Errors",
      description:
        "Messages that could not be read, unanswered queries, scrapes answered with 503, clients refused or cut off, lines of the log that were lost. Any: the log has the code, docs/errors.md its meaning.",
      unit: units.CountsPerSecond,
      shows: [
        ["malformed {{code}}", perSecond("instance, code", "taskstats_exporter_malformed_messages_total")],
        counter("unanswered", "taskstats_exporter_queries_unanswered_total"),
        ["scrape {{code}}", perSecond("instance, code", "taskstats_exporter_scrape_errors_total")],
        counter("log lines lost", "taskstats_exporter_log_lines_dropped_total"),
        ["refused {{reason}}", perSecond("instance, reason", "taskstats_exporter_requests_rejected_total")],
      ],
    },
  ]),
};

const names: Section = {
  title: "Kubernetes",
  panels: drawCurves([
    {
      title: "Names of pods",
      description:
        "In Kubernetes: whether names are current, pods that have one, and containers that have none yet. Not current for minutes: new containers show their id instead of names; the log says what the API server answered.",
      unit: units.Short,
      shows: [
        gauge("current", "taskstats_exporter_pod_watch_up"),
        gauge("pods", "taskstats_exporter_pods"),
        gauge("containers without name", "taskstats_exporter_containers_unnamed"),
      ],
    },
    {
      title: "Failed requests for names",
      description:
        "Requests to the API server that failed, per second. forbidden: the service account lacks list and watch of pods; gone now and then is usual.",
      unit: units.CountsPerSecond,
      shows: [["{{code}} {{instance}}", perSecond("instance, code", "taskstats_exporter_pod_watch_errors_total")]],
    },
  ]),
};

const cost: Section = {
  title: "What it costs",
  panels: [
    ...drawCurves([
      {
        title: "CPUs used by the exporter",
        description:
          "Its share of a CPU. It grows with processes and ends; far above 1 % for few of both is worth a report.",
        unit: units.PercentUnit,
        shows: [counter("", "process_cpu_seconds_total")],
      },
      {
        title: "Memory",
        description:
          "Resident memory of the exporter. It follows the number of processes and groups, not the time: a steady rise is a leak.",
        unit: units.BytesIEC,
        shows: [gauge("resident", "process_resident_memory_bytes"), gauge("heap", "nodejs_heap_size_used_bytes")],
      },
      {
        title: "Time of a poll",
        description:
          "Wall time in which all processes were asked, median and 99th percentile. Beyond a tenth of a second: very many processes, or no CPU for the exporter.",
        unit: units.Seconds,
        shows: [
          [legendOf("median"), pollQuantile(0.5)],
          [legendOf("99th"), pollQuantile(0.99)],
        ],
      },
      {
        title: "Lag of the event loop",
        description:
          "How late the exporter comes to what it should do. Beyond a second, events pile up in the kernel's buffer: give it CPU time.",
        unit: units.Seconds,
        shows: [
          gauge("99th", "nodejs_eventloop_lag_p99_seconds"),
          gauge("longest", "nodejs_eventloop_lag_max_seconds"),
        ],
      },
      {
        title: "Time of a scrape",
        description:
          "As Prometheus measures it, the way there and back included. Near its limit of 10 seconds, scrapes begin to fail.",
        unit: units.Seconds,
        shows: [
          [
            "{{instance}}",
            `${hosts.series("scrape_duration_seconds")} and on (job, instance) ${hosts.series("taskstats_exporter_build_info")}`,
          ],
        ],
      },
      {
        title: "Queries and polled processes",
        description:
          "What the exporter asks of the kernel: at least one query per process that ran, more where it has threads.",
        unit: units.Short,
        shows: [
          counter("queries per second", "taskstats_exporter_queries_total"),
          gauge("processes", "taskstats_exporter_polled_processes"),
        ],
      },
      {
        title: "Oldest reading",
        description:
          "How old states, memory and descriptors of a process that has not run since may be. Minutes are normal on hosts of thousands of processes.",
        unit: units.DurationSeconds,
        shows: [gauge("", "taskstats_exporter_oldest_reading_seconds")],
      },
      {
        title: "Groups",
        description:
          "Groups on the page; a thousand is the limit. A steady rise: names with numbers in them, which should be one group.",
        unit: units.Short,
        shows: [gauge("", "taskstats_exporter_groups")],
      },
    ]),
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
