/** The dashboard of one group of processes: what it waits for, what it uses, how its processes live and end. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { drawCurves, drawHeatmaps, drawStats } from "./rows.ts";
import { averageWait, bucketsOfStep, createScope, quantile, sumBy, top, waitShare } from "./scope.ts";

const group = createScope('instance=~"$instance"', 'groupname="$groupname"');
const perSecond = (labels: string, metric: string, ...matchers: readonly string[]): string =>
  sumBy(labels, group.rate(metric, ...matchers));
const buckets = (metric: string): string => bucketsOfStep(group, metric);

const now: Section = {
  title: "Now",
  panels: drawStats([
    {
      title: "Processes",
      description: "Live processes of the group. More than expected: they pile up, look at starts and exits below.",
      unit: units.Short,
      shows: [["processes", sumBy("", group.series("taskstats_processes"))]],
    },
    {
      title: "Threads",
      description:
        "Threads of these processes. A steady rise is a leak of threads: take a stack dump before the limit is reached.",
      unit: units.Short,
      shows: [["threads", sumBy("", group.series("taskstats_threads"))]],
    },
    {
      title: "Oldest process",
      description:
        "Age of the oldest live process. Younger than the last deployment: it was restarted, look at the exits.",
      unit: units.DurationSeconds,
      shows: [["age", `time() - min(${group.series("taskstats_oldest_process_start_time_seconds")})`]],
    },
    {
      title: "CPUs in use",
      description: "CPUs that the group keeps busy, on average.",
      unit: units.Short,
      shows: [["running", perSecond("", "taskstats_cpu_run_seconds_total")]],
    },
    {
      title: "Share spent waiting",
      description:
        "Of the time in which the group wanted to go on, the share in which it waited for a CPU or a disk. Above one half: see for which below.",
      unit: units.PercentUnit,
      limits: { look: 0.5, bad: 0.8 },
      shows: [["waiting", waitShare(group, "")]],
    },
    {
      title: "Descriptors, of the limit",
      description:
        "Open descriptors of the process closest to its soft limit. At 100 % the next open or accept fails: raise LimitNOFILE, or find the leak.",
      unit: units.PercentUnit,
      limits: { look: 0.8, bad: 0.95 },
      shows: [["worst", `max(${group.series("taskstats_worst_fd_ratio")})`]],
    },
    {
      title: "Hangs in state D",
      description:
        "How long its longest wait that cannot be interrupted has lasted. Minutes: a disk or a file server does not answer; see the runbook of TaskstatsStuckInUninterruptibleSleep.",
      unit: units.DurationSeconds,
      limits: { look: 30, bad: 300 },
      shows: [["longest", `max(${group.series("taskstats_uninterruptible_seconds")})`]],
    },
    {
      title: "Ends per second",
      description:
        "Processes of the group that end. High for a group that should be a few long-lived ones: a restart loop.",
      unit: units.CountsPerSecond,
      shows: [["ends", perSecond("", "taskstats_process_exits_total")]],
    },
  ]),
};

const delays: Section = {
  title: "What it waits for",
  panels: drawCurves([
    {
      title: "Waiting tasks, by kind",
      description:
        "Tasks of the group that wait, on average. cpu: another group has the CPUs, or a quota. blkio: disks. freepages, thrashing, swapin: too little memory.",
      unit: units.Short,
      shows: [["{{kind}}", perSecond("kind", "taskstats_delay_seconds_total")]],
    },
    {
      title: "Average wait, by kind",
      description:
        "How long one wait takes: the seconds waited through the number of waits. This is what a request feels; a rise without more work means that the resource got slower.",
      unit: units.Seconds,
      shows: [["{{kind}}", averageWait(group, "kind")]],
    },
    {
      title: "Waits per second, by kind",
      description: "How often tasks wait. Many waits of a short kind are work, not trouble: judge by the average wait.",
      unit: units.CountsPerSecond,
      shows: [["{{kind}}", perSecond("kind", "taskstats_delays_total")]],
    },
    {
      title: "Longest single wait, by kind",
      description:
        "The longest wait of any thread since the exporter started, from Linux 6.14 on. A step upwards is the moment to look at. Waits that cannot have happened are left out, and with them the longest of that thread.",
      unit: units.Seconds,
      shows: [["{{kind}}", `max by (kind) (${group.series("taskstats_delay_max_seconds")})`]],
    },
    {
      title: "CPU run against CPU wait",
      description:
        "CPUs in use against tasks that wait for one. Wait above run: the group gets less than half of what it wants.",
      unit: units.Short,
      shows: [
        ["run", perSecond("", "taskstats_cpu_run_seconds_total")],
        ["wait", perSecond("", "taskstats_delay_seconds_total", 'kind="cpu"')],
      ],
    },
    {
      title: "CPU waits: throttled by a quota",
      description:
        "Waits for a CPU against the time in which a quota held the group's control groups back; no data where none is set. Both rise together: raise the quota. Waits alone: other processes have the CPUs.",
      unit: units.Short,
      shows: [
        ["waits", perSecond("", "taskstats_delay_seconds_total", 'kind="cpu"')],
        ["throttled", perSecond("", "taskstats_cpu_throttled_seconds_total")],
      ],
    },
    {
      view: "stacked",
      title: "Threads, by state",
      description:
        "What its threads do at the moment of a scrape. running: on a CPU or waiting for one. uninterruptible: waiting for a disk or a file server. zombie: nobody has waited for the process.",
      unit: units.Short,
      shows: [["{{state}}", sumBy("state", group.series("taskstats_thread_states"))]],
    },
    {
      title: "Context switches",
      description:
        "Voluntary: it waited for something. Involuntary: it was put off the CPU; a rise of these is contention.",
      unit: units.CountsPerSecond,
      shows: [["{{kind}}", perSecond("kind", "taskstats_context_switches_total")]],
    },
  ]),
};

const use: Section = {
  title: "What it uses",
  panels: drawCurves([
    {
      view: "stacked",
      title: "CPU by mode",
      description:
        "User and system time, sampled at timer ticks: short processes hardly show. Much system time: look at calls and faults.",
      unit: units.Short,
      shows: [["{{mode}}", perSecond("mode", "taskstats_cpu_seconds_total")]],
    },
    {
      title: "Page faults",
      description:
        "Major faults had to read from a disk. A steady rate of them means that the program's own pages are evicted: more memory.",
      unit: units.CountsPerSecond,
      shows: [["{{kind}}", perSecond("kind", "taskstats_page_faults_total")]],
    },
    {
      title: "Storage",
      description:
        "Bytes fetched from and caused to be written to storage. With a long average wait above: this group makes or suffers the load.",
      unit: units.BytesPerSecondIEC,
      shows: [
        ["read", perSecond("", "taskstats_storage_read_bytes_total")],
        ["written", perSecond("", "taskstats_storage_written_bytes_total")],
        ["dropped before they were written", perSecond("", "taskstats_storage_cancelled_write_bytes_total")],
      ],
    },
    {
      title: "Read and write calls, bytes",
      description:
        "Bytes through read and write calls, page cache, pipes and sockets included. Far above storage: the cache does its work.",
      unit: units.BytesPerSecondIEC,
      shows: [
        ["read", perSecond("", "taskstats_io_read_bytes_total")],
        ["written", perSecond("", "taskstats_io_written_bytes_total")],
      ],
    },
    {
      title: "Read and write calls",
      description:
        "Calls per second, counted in steps of 1024 per thread. With few bytes per call, buffering would save CPU time.",
      unit: units.CountsPerSecond,
      shows: [
        ["read", perSecond("", "taskstats_io_read_syscalls_total")],
        ["write", perSecond("", "taskstats_io_write_syscalls_total")],
      ],
    },
    {
      title: "Memory",
      description:
        "Memory of the live processes; pages that several share count for each. A steady rise of resident and swap together is a leak.",
      unit: units.BytesIEC,
      shows: [["{{kind}}", sumBy("kind", group.series("taskstats_memory_bytes", 'kind=~"resident|swap"'))]],
    },
    {
      title: "Open descriptors",
      description: "Open files and sockets of the live processes. A steady rise is a leak: see the ratio above.",
      unit: units.Short,
      shows: [["open", sumBy("", group.series("taskstats_open_fds"))]],
    },
    {
      title: "Memory while running",
      description:
        "Resident memory averaged over the CPU time used: what the group occupies when it works, all its processes mixed.",
      unit: units.BytesIEC,
      shows: [
        [
          "resident",
          `${perSecond("", "taskstats_rss_byte_seconds_total")} / (${perSecond("", "taskstats_cpu_run_real_seconds_total")} > 0)`,
        ],
      ],
    },
  ]),
};

const byThread: Section = {
  title: "By the names of its threads (--collector.threads)",
  panels: drawCurves([
    {
      view: "stacked",
      title: "CPU by thread name",
      description:
        "CPUs that the threads of each name keep busy; together they are the group's. One name at a whole number of CPUs: as many threads of it are at their limit.",
      unit: units.Short,
      shows: [["{{threadname}}", top(perSecond("threadname", "taskstats_thread_cpu_run_seconds_total"))]],
    },
    {
      title: "Waiting threads, by name and kind",
      description: "Threads of each name that wait, on average. The ones above all others hold up the work.",
      unit: units.Short,
      shows: [["{{threadname}} {{kind}}", top(perSecond("threadname, kind", "taskstats_thread_delay_seconds_total"))]],
    },
    {
      title: "Threads by name",
      description: "Live threads. A name that only grows is a leak of threads.",
      unit: units.Short,
      shows: [["{{threadname}}", top(sumBy("threadname", group.series("taskstats_threads_by_name")))]],
    },
  ]),
};

const lives: Section = {
  title: "How its processes live and end",
  panels: [
    ...drawCurves([
      {
        title: "Starts and ends",
        description: "Processes started and ended. Starts above ends for long: they pile up.",
        unit: units.CountsPerSecond,
        shows: [
          ["starts", perSecond("", "taskstats_process_starts_total")],
          ["ends", perSecond("", "taskstats_process_exits_total")],
          ["ended threads", perSecond("", "taskstats_thread_exits_total")],
        ],
      },
      {
        view: "stacked",
        title: "Ends, by reason and code",
        description:
          "How they end: exit codes, and signals by name. What is not exited 0 has a cause: read the group's log at that time.",
        unit: units.CountsPerSecond,
        shows: [["{{reason}} {{code}}", perSecond("reason, code", "taskstats_process_exits_total")]],
      },
    ]),
    ...drawHeatmaps([
      {
        title: "Lifetime of ended processes",
        description: "How long they lived. A new band at the bottom is processes that fail at their start.",
        unit: units.Seconds,
        buckets: buckets("taskstats_process_lifetime_seconds"),
      },
      {
        title: "Peak memory of ended processes",
        description:
          "The most resident memory each had. A band that moves upwards over days is a leak or growing input.",
        unit: units.BytesIEC,
        buckets: buckets("taskstats_process_max_rss_bytes"),
      },
      {
        title: "CPU time of ended processes",
        description:
          "What each used over its whole life. Two bands are two kinds of work under one name: give them groups of their own.",
        unit: units.Seconds,
        buckets: buckets("taskstats_process_cpu_seconds"),
      },
    ]),
    ...drawCurves([
      {
        title: "Wait over a whole life, 95th percentile",
        description:
          "What one process in twenty waited longer than, from start to end. For jobs this is the delay that their owners see.",
        unit: units.Seconds,
        shows: [["{{kind}}", quantile(0.95, "kind", group, "taskstats_process_delay_seconds")]],
      },
    ]),
  ],
};

export const oneGroup: Dashboard = {
  uid: "taskstats-group",
  title: "Taskstats / One group",
  description: "One group of processes: its delays by kind, what it uses, and how its processes live and end.",
  variables: ["groupname"],
  sections: [now, delays, use, byThread, lives],
};
