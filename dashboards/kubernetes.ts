/** The dashboard of namespaces, pods and containers, for exporters that label their groups with them. */

import * as units from "@grafana/grafana-foundation-sdk/units";
import type { Dashboard, Section } from "./panel.ts";
import { drawCurves } from "./rows.ts";
import { averageWait, crashes, createScope, memoryDelays, sumBy, top, waits, waitShare } from "./scope.ts";

const pods = createScope('instance=~"$instance"', 'namespace=~"$namespace"', 'pod=~"$pod"');
const pod = "namespace, pod";
const container = "namespace, pod, container";
const podLegend = "{{namespace}}/{{pod}}";
const containerLegend = "{{namespace}}/{{pod}} {{container}}";
const ran = pods.rate("taskstats_cpu_run_seconds_total");
const waited = (...matchers: readonly string[]): string => pods.rate("taskstats_delay_seconds_total", ...matchers);
const ends = (...matchers: readonly string[]): string => pods.increase("taskstats_process_exits_total", ...matchers);

const namespaces: Section = {
  title: "Namespaces",
  panels: drawCurves([
    {
      view: "stacked",
      title: "Waiting tasks, by namespace",
      description:
        "Tasks that wait for a CPU or a disk, on average. The namespace with the largest area suffers most from its neighbours.",
      unit: units.Short,
      shows: [["{{namespace}}", sumBy("namespace", waited(waits))]],
    },
    {
      view: "stacked",
      title: "CPUs in use, by namespace",
      description: "Who uses the CPUs that others wait for.",
      unit: units.Short,
      shows: [["{{namespace}}", sumBy("namespace", ran)]],
    },
  ]),
};

const podPanels: Section = {
  title: "Pods",
  panels: [
    {
      view: "table",
      title: "Pods, now",
      description:
        "What pods run and wait for, in tasks on average. A high wait share at little run time: throttled by its CPU limit, or next to a noisy neighbour; compare with the node's CPUs in use.",
      unit: units.Short,
      rows: ["namespace", "pod"],
      sortBy: "Waits for a CPU",
      units: { "Wait share": units.PercentUnit },
      queries: [
        { expr: sumBy(pod, ran), legend: "Runs" },
        { expr: sumBy(pod, waited('kind="cpu"')), legend: "Waits for a CPU" },
        { expr: sumBy(pod, waited('kind="blkio"')), legend: "Waits for disks" },
        { expr: sumBy(pod, waited(memoryDelays)), legend: "Held up by memory" },
        { expr: waitShare(pods, pod), legend: "Wait share" },
        { expr: sumBy(pod, pods.series("taskstats_processes")), legend: "Processes" },
      ],
    },
    ...drawCurves([
      {
        title: "Share of the time spent waiting, by pod",
        description: "Above one half a pod waits more than it runs: raise its CPU request, or move it.",
        unit: units.PercentUnit,
        limits: { look: 0.5, bad: 0.8 },
        shows: [[podLegend, top(waitShare(pods, pod))]],
      },
      {
        title: "Average wait for a disk, by pod",
        description:
          "How long one wait for block I/O takes. High for all pods of a node: its disk; for one pod: its volume.",
        unit: units.Seconds,
        limits: { look: 0.02, bad: 0.1 },
        shows: [[podLegend, top(averageWait(pods, pod, 'kind="blkio"'))]],
      },
    ]),
  ],
};

const containers: Section = {
  title: "Containers",
  panels: [
    ...drawCurves([
      {
        view: "stacked",
        title: "Waiting for a CPU, by container",
        description: "Which container of a pod waits. A sidecar that waits can hold up the whole pod.",
        unit: units.Short,
        shows: [[containerLegend, top(sumBy(container, waited('kind="cpu"')))]],
      },
      {
        view: "stacked",
        title: "Held up by memory, by container",
        description:
          "Reclaim, thrashing and swap-in come before the kill for memory: raise the limit while there is time.",
        unit: units.Short,
        shows: [[containerLegend, top(sumBy(container, waited(memoryDelays)))]],
      },
    ]),
    {
      view: "table",
      title: "Crashes, kills and failures in this range",
      description:
        "Ends other than with code 0. It sees every process of a container, not only the first: a worker that crashes under a healthy parent shows here and nowhere else.",
      unit: units.Short,
      rows: ["namespace", "pod", "container", "reason", "code"],
      sortBy: "Ends",
      queries: [{ expr: `${sumBy(`${container}, reason, code`, ends('code!="0"'))} > 0`, legend: "Ends" }],
    },
    ...drawCurves([
      {
        title: "Crashes and SIGKILL, by container",
        description:
          "SIGKILL without a deployment is mostly the memory limit: kubectl describe pod says OOMKilled for the first process.",
        unit: units.CountsPerSecond,
        shows: [
          [
            `{{code}} ${containerLegend}`,
            top(sumBy(`${container}, code`, pods.rate("taskstats_process_exits_total", crashes))),
          ],
          [
            `{{code}} ${containerLegend}`,
            top(sumBy(`${container}, code`, pods.rate("taskstats_process_exits_total", 'code="SIGKILL"'))),
          ],
        ],
      },
      {
        title: "Processes started, by container",
        description:
          "Probes that run a command show as a steady rate. Tens per second cost CPU time that the container pays for.",
        unit: units.CountsPerSecond,
        shows: [[containerLegend, top(sumBy(container, pods.rate("taskstats_process_starts_total")))]],
      },
    ]),
  ],
};

export const kubernetes: Dashboard = {
  uid: "taskstats-kubernetes",
  title: "Taskstats / Kubernetes",
  description: "Where namespaces, pods and containers wait, and how their processes end.",
  variables: ["namespace", "pod"],
  sections: [namespaces, podPanels, containers],
};
