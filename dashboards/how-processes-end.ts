/** The dashboard of how processes end: exit codes, signals, core dumps, crash loops, and short-lived processes. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { drawCurves, drawHeatmaps, drawStats } from "./rows.ts";
import {
  allHosts as hosts,
  bucketsOfStep,
  crashes,
  groupLegend,
  groups,
  lowest,
  quantile,
  rateBelow,
  rateOfSum,
  sumBy,
  top,
} from "./scope.ts";

const endsBy = (labels: string, ...matchers: readonly string[]): string =>
  sumBy(labels, hosts.rate("taskstats_process_exits_total", ...matchers));
const endsInRange = (labels: string, ...matchers: readonly string[]): string =>
  sumBy(labels, hosts.increase("taskstats_process_exits_total", ...matchers));
const shortLived = (labels: string): string => rateBelow(0.1, labels, hosts, "taskstats_process_lifetime_seconds");

const now: Section = {
  title: "Now",
  panels: drawStats([
    {
      title: "Ends per second",
      description:
        "Processes that end on the selected hosts. Thousands: somebody starts programs in a loop; see who below.",
      unit: units.CountsPerSecond,
      shows: [["ends", endsBy("")]],
    },
    {
      title: "Short-lived per second",
      description:
        "Processes that ended within a tenth of a second. They cost a start each and no scrape of /proc would see them.",
      unit: units.CountsPerSecond,
      shows: [["short-lived", shortLived("")]],
    },
    {
      title: "Failed ends in this range",
      description: "Ends with an exit code other than 0. Many tools do that by design, so watch for a change.",
      unit: units.Short,
      shows: [["failed", endsInRange("", 'reason="exited"', 'code!="0"')]],
    },
    {
      title: "Crashes in this range",
      description:
        "Ends by a signal that a program's own mistake raises. Any: find the group in the table, then its log or core.",
      unit: units.Short,
      limits: { look: 1, bad: 3 },
      shows: [["crashes", `${endsInRange("", crashes)} or vector(0)`]],
    },
    {
      title: "SIGKILL in this range",
      description:
        "Processes that were killed: by the kernel for memory, by a service manager, by hand. dmesg names the first.",
      unit: units.Short,
      limits: { look: 1 },
      shows: [["killed", `${endsInRange("", 'code="SIGKILL"')} or vector(0)`]],
    },
    {
      title: "Exit events",
      description:
        "Whether every selected host receives exit events. Not arriving: nothing here is complete; the landing page says why.",
      unit: units.BoolOnOff,
      states: ["not arriving", "arriving"],
      shows: [["arriving", lowest(hosts.series("taskstats_exporter_exit_listener_up"))]],
    },
  ]),
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
    ...drawCurves([
      {
        view: "stacked",
        title: "Ends by a signal",
        description:
          "Which signals end which groups. SIGTERM is an orderly stop; SIGSEGV and SIGABRT are faults; SIGKILL is somebody else's decision.",
        unit: units.CountsPerSecond,
        shows: [["{{code}} {{groupname}} {{instance}}", top(endsBy(`${groups}, code`, 'reason!="exited"'))]],
      },
      {
        view: "stacked",
        title: "Core dumps",
        description: "Ends that left a core. coredumpctl list, or the path in /proc/sys/kernel/core_pattern, has it.",
        unit: units.CountsPerSecond,
        shows: [["{{code}} {{groupname}} {{instance}}", top(endsBy(`${groups}, code`, 'reason="dumped"'))]],
      },
      {
        view: "stacked",
        title: "Exit codes other than 0",
        description:
          "Which groups fail, with which code. 126 and 127: a command that cannot be run or is not there. 137 and 143: a shell reports a signal.",
        unit: units.CountsPerSecond,
        shows: [
          ["{{code}} {{groupname}} {{instance}}", top(endsBy(`${groups}, code`, 'reason="exited"', 'code!="0"'))],
        ],
      },
      {
        title: "Share of ends that are no success, by group",
        description:
          "Of all ends the share that is not exit code 0. A group that goes to 100 % does not work any more.",
        unit: units.PercentUnit,
        shows: [[groupLegend, top(`${endsBy(groups, 'code!="0"')} / (${endsBy(groups)} > 0)`)]],
      },
    ]),
  ],
};

const rates: Section = {
  title: "How many, how short",
  panels: [
    ...drawCurves([
      {
        view: "stacked",
        title: "Ends, by group",
        description:
          "Who ends processes all the time. Each start costs about a millisecond of CPU time: a loop in a script shows here.",
        unit: units.CountsPerSecond,
        shows: [[groupLegend, top(endsBy(groups))]],
      },
      {
        view: "stacked",
        title: "Short-lived processes, by group",
        description: "Ends within a tenth of a second. For a service that should stay up, these are failed starts.",
        unit: units.CountsPerSecond,
        shows: [[groupLegend, top(shortLived(groups))]],
      },
      {
        title: "CPU time of short-lived work, by group",
        description:
          "CPU time of processes that ended, per second. What is high here never shows in a list of running processes.",
        unit: units.Short,
        shows: [[groupLegend, top(rateOfSum(groups, hosts, "taskstats_process_cpu_seconds"))]],
      },
    ]),
    ...drawHeatmaps([
      {
        title: "Lifetime of ended processes",
        description: "How long processes live, over all groups. A new band at the bottom is a loop of failing starts.",
        unit: units.Seconds,
        buckets: bucketsOfStep(hosts, "taskstats_process_lifetime_seconds"),
      },
    ]),
    ...drawCurves([
      {
        title: "Median lifetime, by group",
        description: "Half of the processes live shorter. A sudden fall: they do not get as far as before.",
        unit: units.Seconds,
        shows: [[groupLegend, top(quantile(0.5, groups, hosts, "taskstats_process_lifetime_seconds"))]],
      },
      {
        title: "Ended threads",
        description:
          "Threads that end, those of living processes included. Much above the ends of processes: a thread per request.",
        unit: units.CountsPerSecond,
        shows: [[groupLegend, top(sumBy(groups, hosts.rate("taskstats_thread_exits_total")))]],
      },
    ]),
  ],
};

export const howProcessesEnd: Dashboard = {
  uid: "taskstats-ends",
  title: "Taskstats / How processes end",
  description: "Exit codes, signals, core dumps, crash loops, and processes too short-lived for any scrape.",
  variables: [],
  sections: [now, loops, rates],
};
