/** How processes end: exits, signals, core dumps, loops of crashes, and what lives too short to be seen. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { allHosts as hosts, crashes, quantile, sumBy, top } from "./scope.ts";

const groups = "instance, groupname";
const groupLegend = "{{groupname}} {{instance}}";
const endsBy = (labels: string, ...matchers: readonly string[]): string =>
  sumBy(labels, hosts.rate("taskstats_process_exits_total", ...matchers));
const endsInRange = (labels: string, ...matchers: readonly string[]): string =>
  sumBy(labels, hosts.increase("taskstats_process_exits_total", ...matchers));
const shortLived = hosts.rate("taskstats_process_lifetime_seconds_bucket", 'le="0.1"');

const now: Section = {
  title: "Now",
  panels: [
    {
      view: "stat",
      title: "Ends per second",
      description:
        "Processes that end on the selected hosts. Thousands: somebody starts programs in a loop; see who below.",
      unit: units.CountsPerSecond,
      queries: [{ expr: endsBy(""), legend: "ends" }],
    },
    {
      view: "stat",
      title: "Short-lived per second",
      description:
        "Processes that ended within a tenth of a second. They cost a start each and no scrape of /proc would see them.",
      unit: units.CountsPerSecond,
      queries: [{ expr: sumBy("", shortLived), legend: "short-lived" }],
    },
    {
      view: "stat",
      title: "Failed ends in this range",
      description: "Ends with an exit code other than 0. Many tools do that by design, so watch for a change.",
      unit: units.Short,
      queries: [{ expr: endsInRange("", 'reason="exited"', 'code!="0"'), legend: "failed" }],
    },
    {
      view: "stat",
      title: "Crashes in this range",
      description:
        "Ends by a signal that a program's own mistake raises. Any: find the group in the table, then its log or core.",
      unit: units.Short,
      limits: { look: 1, bad: 3 },
      queries: [{ expr: `${endsInRange("", crashes)} or vector(0)`, legend: "crashes" }],
    },
    {
      view: "stat",
      title: "SIGKILL in this range",
      description:
        "Processes that were killed: by the kernel for memory, by a service manager, by hand. dmesg names the first.",
      unit: units.Short,
      limits: { look: 1 },
      queries: [{ expr: `${endsInRange("", 'code="SIGKILL"')} or vector(0)`, legend: "killed" }],
    },
    {
      view: "stat",
      title: "Exit events",
      description:
        "Whether every selected host receives exit events. Not arriving: nothing here is complete; the landing page says why.",
      unit: units.BoolOnOff,
      states: ["not arriving", "arriving"],
      queries: [{ expr: `min(${hosts.series("taskstats_exporter_exit_listener_up")})`, legend: "arriving" }],
    },
  ],
};

const loops: Section = {
  title: "What goes wrong",
  panels: [
    {
      view: "table",
      title: "Crashes, kills and failures in this range",
      description:
        "Ends other than with code 0, by group. Several of the same kind with a short lifetime are a crash loop: click on the group and look at its lifetimes.",
      unit: units.Short,
      rows: ["groupname", "instance", "reason", "code"],
      sortBy: "Ends",
      queries: [{ expr: `${endsInRange(`${groups}, reason, code`, 'code!="0"')} > 0`, legend: "Ends" }],
    },
    {
      view: "stacked",
      title: "Ends by a signal",
      description:
        "Which signals end which groups. SIGTERM is an orderly stop; SIGSEGV and SIGABRT are faults; SIGKILL is somebody else's decision.",
      unit: units.CountsPerSecond,
      queries: [
        { expr: top(endsBy(`${groups}, code`, 'reason!="exited"')), legend: "{{code}} {{groupname}} {{instance}}" },
      ],
    },
    {
      view: "stacked",
      title: "Core dumps",
      description: "Ends that left a core. coredumpctl list, or the path in /proc/sys/kernel/core_pattern, has it.",
      unit: units.CountsPerSecond,
      queries: [
        { expr: top(endsBy(`${groups}, code`, 'reason="dumped"')), legend: "{{code}} {{groupname}} {{instance}}" },
      ],
    },
    {
      view: "stacked",
      title: "Exit codes other than 0",
      description:
        "Which groups fail, with which code. 126 and 127: a command that cannot be run or is not there. 137 and 143: a shell reports a signal.",
      unit: units.CountsPerSecond,
      queries: [
        {
          expr: top(endsBy(`${groups}, code`, 'reason="exited"', 'code!="0"')),
          legend: "{{code}} {{groupname}} {{instance}}",
        },
      ],
    },
    {
      view: "lines",
      title: "Share of ends that are no success, by group",
      description: "Of all ends the share that is not exit code 0. A group that goes to 100 % does not work any more.",
      unit: units.PercentUnit,
      queries: [
        {
          expr: top(`${endsBy(groups, 'code!="0"')} / (${endsBy(groups)} > 0)`),
          legend: groupLegend,
        },
      ],
    },
  ],
};

const rates: Section = {
  title: "How many, how short",
  panels: [
    {
      view: "stacked",
      title: "Ends, by group",
      description:
        "Who ends processes all the time. Each start costs about a millisecond of CPU time: a loop in a script shows here.",
      unit: units.CountsPerSecond,
      queries: [{ expr: top(endsBy(groups)), legend: groupLegend }],
    },
    {
      view: "stacked",
      title: "Short-lived processes, by group",
      description: "Ends within a tenth of a second. For a service that should stay up, these are failed starts.",
      unit: units.CountsPerSecond,
      queries: [{ expr: top(sumBy(groups, shortLived)), legend: groupLegend }],
    },
    {
      view: "lines",
      title: "CPU time of short-lived work, by group",
      description:
        "CPU time of processes that ended, per second. What is high here never shows in a list of running processes.",
      unit: units.Short,
      queries: [{ expr: top(sumBy(groups, hosts.rate("taskstats_process_cpu_seconds_sum"))), legend: groupLegend }],
    },
    {
      view: "heatmap",
      title: "Lifetime of ended processes",
      description: "How long processes live, over all groups. A new band at the bottom is a loop of failing starts.",
      unit: units.Seconds,
      queries: [
        { expr: sumBy("le", hosts.increaseOfStep("taskstats_process_lifetime_seconds_bucket")), legend: "{{le}}" },
      ],
    },
    {
      view: "lines",
      title: "Median lifetime, by group",
      description: "Half of the processes live shorter. A sudden fall: they do not get as far as before.",
      unit: units.Seconds,
      queries: [
        {
          expr: top(quantile(0.5, groups, hosts.rate("taskstats_process_lifetime_seconds_bucket"))),
          legend: groupLegend,
        },
      ],
    },
    {
      view: "lines",
      title: "Ended threads",
      description:
        "Threads that end, those of living processes included. Much above the ends of processes: a thread per request.",
      unit: units.CountsPerSecond,
      queries: [{ expr: top(sumBy(groups, hosts.rate("taskstats_thread_exits_total"))), legend: groupLegend }],
    },
  ],
};

export const howProcessesEnd: Dashboard = {
  uid: "taskstats-ends",
  title: "Taskstats / How processes end",
  description: "Exit codes, signals, core dumps, crash loops, and processes too short-lived for any scrape.",
  variables: [],
  sections: [now, loops, rates],
};
