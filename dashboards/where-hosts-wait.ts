/** The dashboard to open first: where the hosts wait. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { drawCurves, drawStats } from "./rows.ts";
import {
  allHosts as hosts,
  averageWait,
  groupLegend,
  groups,
  lowest,
  memoryDelays,
  sumBy,
  top,
  waits,
  waitShare,
} from "./scope.ts";

const ran = hosts.rate("taskstats_cpu_run_seconds_total");
const waited = (...matchers: readonly string[]): string => hosts.rate("taskstats_delay_seconds_total", ...matchers);

const now: Section = {
  title: "Now",
  panels: drawStats([
    {
      title: "CPUs in use",
      description:
        "How many CPUs are busy with processes, on average. As many as the hosts have: look at who waits for one, next to this.",
      unit: units.Short,
      shows: [["running", sumBy("", ran)]],
    },
    {
      title: "Tasks waiting for a CPU",
      description:
        "Tasks that could run and do not, on average. More than the CPUs in use means that every task gets less than half of what it wants: move or limit the top group of the table.",
      unit: units.Short,
      shows: [["waiting", sumBy("", waited('kind="cpu"'))]],
    },
    {
      title: "Tasks waiting for disks",
      description:
        "Tasks that sleep until block I/O is done, on average; no data where delay accounting is off. High is normal for backups; for a database look at the average wait below.",
      unit: units.Short,
      shows: [["waiting", sumBy("", waited('kind="blkio"'))]],
    },
    {
      title: "Tasks held up by memory",
      description:
        "Tasks in swap-in, reclaim, thrashing or compaction, on average. More than a trace: a group or the host needs more memory than it has; find it under Memory.",
      unit: units.Short,
      limits: { look: 0.01, bad: 0.1 },
      shows: [["held up", sumBy("", waited(memoryDelays))]],
    },
    {
      title: "Delay accounting",
      description:
        "Whether every selected host accounts delays other than for the CPU. Off: sysctl -w kernel.task_delayacct=1, and restart what is to be looked at.",
      unit: units.BoolOnOff,
      states: ["off", "on"],
      shows: [["enabled", lowest(hosts.series("taskstats_exporter_delayacct_enabled"))]],
    },
    {
      title: "Groups",
      description: "Groups of processes that are told apart on the selected hosts.",
      unit: units.Short,
      shows: [["groups", sumBy("", hosts.series("taskstats_exporter_groups"))]],
    },
  ]),
};

const who: Section = {
  title: "Who waits",
  panels: [
    {
      view: "table",
      title: "Groups, now",
      description:
        "Who runs and who waits, in tasks on average. Click on a group to see it alone. A high share of waiting for little run time is a group that others keep from working.",
      unit: units.Short,
      rows: ["groupname", "instance"],
      sortBy: "Waits for a CPU",
      units: { "Wait share": units.PercentUnit, "Switches per second": units.CountsPerSecond },
      queries: [
        { expr: sumBy(groups, ran), legend: "Runs" },
        { expr: sumBy(groups, waited('kind="cpu"')), legend: "Waits for a CPU" },
        { expr: sumBy(groups, waited('kind="blkio"')), legend: "Waits for disks" },
        { expr: sumBy(groups, waited(memoryDelays)), legend: "Held up by memory" },
        { expr: waitShare(hosts, groups), legend: "Wait share" },
        { expr: sumBy(groups, hosts.rate("taskstats_context_switches_total")), legend: "Switches per second" },
      ],
    },
    ...drawCurves([
      {
        title: "Hangs in state D, by group",
        description:
          "How long the longest wait that cannot be interrupted has lasted. Waits that have not ended are in no other panel. Minutes: a disk or a file server does not answer.",
        unit: units.DurationSeconds,
        limits: { look: 30, bad: 300 },
        shows: [[groupLegend, top(`max by (${groups}) (${hosts.series("taskstats_uninterruptible_seconds")})`)]],
      },
      {
        title: "Share of the time spent waiting, by group",
        description:
          "Of the time in which a group wanted to go on, the share in which it waited for a CPU or a disk. Above one half it waits more than it runs. Idle groups are left out.",
        unit: units.PercentUnit,
        limits: { look: 0.5, bad: 0.8 },
        shows: [[groupLegend, top(waitShare(hosts, groups))]],
      },
      {
        view: "stacked",
        title: "Waiting tasks, by group",
        description:
          "How many tasks of a group wait for a CPU or a disk, on average. Who makes the area is who would gain most from more CPU or a faster disk.",
        unit: units.Short,
        shows: [[groupLegend, top(sumBy(groups, waited(waits)))]],
      },
      {
        title: "Waiting tasks, by kind",
        description:
          "What tasks wait for, on average. Kinds overlap: waiting for swap, thrashing and reclaim contain waits for a disk. What rises together with complaints is what to follow further down.",
        unit: units.Short,
        width: 24,
        shows: [["{{kind}}", sumBy("kind", waited())]],
      },
    ]),
  ],
};

const cpu: Section = {
  title: "CPU",
  panels: drawCurves([
    {
      title: "CPU run against CPU wait",
      description:
        "CPUs in use and tasks waiting for one. Waiting without all CPUs in use: limits of cgroups or bound CPUs are the cause, not the machine.",
      unit: units.Short,
      shows: [
        ["run {{instance}}", sumBy("instance", ran)],
        ["wait {{instance}}", sumBy("instance", waited('kind="cpu"'))],
      ],
    },
    {
      view: "stacked",
      title: "Waiting for a CPU, by group",
      description: "Who waits for a CPU. To relieve them look at who uses the CPUs, in the column Runs of the table.",
      unit: units.Short,
      shows: [[groupLegend, top(sumBy(groups, waited('kind="cpu"')))]],
    },
    {
      title: "Context switches",
      description:
        "Voluntary ones end in a wait; involuntary ones are tasks that had to give the CPU to another. A rise of the latter is contention.",
      unit: units.CountsPerSecond,
      shows: [["{{kind}}", sumBy("kind", hosts.rate("taskstats_context_switches_total"))]],
    },
    {
      title: "Involuntary switches, by group",
      description: "Whose tasks are put off a CPU although they would go on. These groups compete with each other.",
      unit: units.CountsPerSecond,
      shows: [[groupLegend, top(sumBy(groups, hosts.rate("taskstats_context_switches_total", 'kind="involuntary"')))]],
    },
  ]),
};

const disksAndMemory: Section = {
  title: "Disks and memory",
  panels: drawCurves([
    {
      title: "Average wait for a disk, by group",
      description:
        "How long one wait for block I/O takes. It does not grow with the amount of I/O, so a rise is a slow or busy disk. Single absurd peaks under load are a fault of Linux 6.12 and later.",
      unit: units.Seconds,
      limits: { look: 0.02, bad: 0.1 },
      shows: [[groupLegend, top(averageWait(hosts, groups, 'kind="blkio"'))]],
    },
    {
      view: "stacked",
      title: "Waiting for disks, by group",
      description:
        "Who waits for block I/O. Compare with the average wait: many short waits are much I/O, few long ones a slow disk.",
      unit: units.Short,
      shows: [[groupLegend, top(sumBy(groups, waited('kind="blkio"')))]],
    },
    {
      title: "Memory: tasks held up, by kind",
      description:
        "Swap-in, reclaim (freepages), thrashing and compaction. Anything but near zero costs latency: give the group at the right more memory, or less work.",
      unit: units.Short,
      limits: { look: 0.01, bad: 0.1 },
      shows: [["{{kind}}", sumBy("kind", waited(memoryDelays))]],
    },
    {
      view: "stacked",
      title: "Memory: tasks held up, by group",
      description:
        "Whom it hits. A single group: its cgroup's limit is too low. All groups: the host has too little memory.",
      unit: units.Short,
      shows: [[groupLegend, top(sumBy(groups, waited(memoryDelays)))]],
    },
  ]),
};

export const whereHostsWait: Dashboard = {
  uid: "taskstats-host",
  title: "Taskstats / Where does this host wait",
  description: "Which groups of processes wait, for what, and how long: for a CPU, for disks, for memory.",
  variables: [],
  sections: [now, who, cpu, disksAndMemory],
};
