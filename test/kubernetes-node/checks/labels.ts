/** Series carry the namespace, pod and container of the processes that they count, however short those live. */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { ScrapedPage } from "../../support/page.ts";
import { namespace, type Cluster, type ContainerStatus, type Pod } from "../cluster.ts";
import { nodeName } from "../node/layout.ts";
import { until, untilHolds } from "../wait.ts";
import type { Check } from "./check.ts";
import { equalTallies, exits, labelsOf, processes, untilDone } from "./figures.ts";

const sleep = { groupname: "sleep" };

async function tellsLongLivedApart({ scrape }: Cluster): Promise<void> {
  await untilHolds("a process in each container", async () => {
    const page = await scrape();
    for (const container of ["left", "right"])
      equal(processes(page, { ...labelsOf("pair", container), ...sleep }), 1, container);
  });
}

async function carriesChosenLabel({ scrape }: Cluster): Promise<void> {
  const page = await scrape();
  equal(processes(page, { ...labelsOf("pair", "left"), ...sleep, app: "checkout" }), 1);
  // A pod without that label of the API has series without it.
  ok(
    page.value("taskstats_processes", { ...labelsOf("prepared", "serve"), ...sleep }) === 1,
    "a pod without the label",
  );
}

/** Each container's own account against the page's, once the container is done. */
async function agrees(cluster: Cluster, pod: string, container: string): Promise<void> {
  const tallies = await untilDone(cluster, pod, container);
  await untilHolds(`${pod}/${container}`, async () =>
    equalTallies(await cluster.scrape(), labelsOf(pod, container), tallies),
  );
}

async function countsStorm(cluster: Cluster): Promise<void> {
  for (const container of ["first", "second"]) await agrees(cluster, "storm", container);
}

async function namesInitContainer(cluster: Cluster): Promise<void> {
  await agrees(cluster, "prepared", "prepare");
}

async function countsJob(cluster: Cluster): Promise<void> {
  const pods = await cluster.pods();
  const job = pods.find(({ metadata: { name } }) => name.startsWith("report-"));
  await agrees(cluster, job?.metadata.name ?? "", "work");
}

const containerOf = ({ status }: Pod): ContainerStatus | undefined => status.containerStatuses?.[0];

/** How often it ended; known while it waits to be started again. */
async function crashes({ pod }: Cluster): Promise<number | undefined> {
  const container = containerOf(await pod("crasher"));
  if (container?.state.waiting?.reason !== "CrashLoopBackOff") return undefined;
  return container.restartCount < 2 ? undefined : container.restartCount + 1;
}

/**
 * Nothing else on this machine ends with this code. The program is over at once, and its parent is the runtime: where the
 * watcher came too late nobody can tell whose it was, and it is counted as such.
 */
async function countsCrashes(cluster: Cluster): Promise<void> {
  const ended = { groupname: "sh", reason: "exited", code: "73" };
  const count = async (): Promise<string | undefined> => {
    const before = await crashes(cluster);
    const page = await cluster.scrape();
    // Another start meanwhile says nothing.
    if (before === undefined || before !== (await crashes(cluster))) return undefined;
    const named = exits(page, { ...labelsOf("crasher", "crash"), ...ended });
    const unidentified = exits(page, { ...ended, groupname: "unidentified" });
    equal(named + unidentified, before, `ends, ${unidentified} of them unidentified`);
    ok(named > unidentified, `${named} named, ${unidentified} unidentified`);
    return `${named} named, ${unidentified} unidentified`;
  };
  await until("as many ends as restarts tell", count, 120_000);
}

/** As above: the runtime starts the shell of a probe, which starts a program before it ends. */
async function countsProbes(cluster: Cluster): Promise<void> {
  const tallies = await untilDone(cluster, "probed", "slow");
  await untilHolds("ends of the probes", async () => {
    const page = await cluster.scrape();
    const counts = tallies.map(({ groupname, code, count }) => {
      const ended = { reason: "exited", code };
      const named = exits(page, { ...labelsOf("probed", "slow"), ...ended, groupname });
      const unidentified = exits(page, { ...ended, groupname: "unidentified" });
      // Others that end with this code may be unidentified too.
      const told = `${groupname} with code ${code}: want ${count}, got ${named}, and ${unidentified} unidentified`;
      ok(named <= count && named + unidentified >= count, told);
      return { named, count };
    });
    const named = counts.reduce((sum, tally) => sum + tally.named, 0);
    const count = counts.reduce((sum, tally) => sum + tally.count, 0);
    ok(2 * named > count, `${named} of ${count} named`);
  });
}

async function namesStaticPod({ scrape }: Cluster): Promise<void> {
  await untilHolds("the static pod's process", async () => {
    equal(processes(await scrape(), { ...labelsOf(`static-${nodeName}`, "still"), ...sleep }), 1);
  });
}

/** Pods whose sandbox runs: those of the host's network have one too. */
async function namesSandboxes({ scrape, pods }: Cluster): Promise<void> {
  await untilHolds("a sandbox for each pod", async () => {
    const page = await scrape();
    for (const { metadata, status } of await pods()) {
      if (status.phase !== "Running") continue;
      const labels = { groupname: "pause", namespace: metadata.namespace, pod: metadata.name };
      equal(processes(page, labels), 1, metadata.name);
      equal(processes(page, { ...labels, container: "" }), 0);
    }
  });
  deepEqual(containersOf(await scrape(), "pause"), []);
}

/** Values of `container` among a command's series. */
const containersOf = (page: ScrapedPage, groupname: string): string[] =>
  [...page.series.keys()]
    .filter((series) => series.startsWith("taskstats_processes{") && series.includes(`groupname="${groupname}"`))
    .flatMap((series) => /[{,]container="([^"]*)"/.exec(series)?.[1] ?? []);

async function leavesHostAlone({ scrape }: Cluster): Promise<void> {
  const page = await scrape();
  for (const groupname of ["etcd", "kubelet", "containerd", "containerd-shim"]) {
    const withoutLabels = page.value("taskstats_processes", { groupname }) ?? 0;
    ok(withoutLabels > 0, `${groupname} without labels of Kubernetes`);
    equal(processes(page, { groupname }), withoutLabels, groupname);
  }
}

/** Ids in the API begin with the runtime's name. */
const idsOf = ({ status }: Pod): string[] =>
  [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map(
    ({ containerID }) => containerID.split("//")[1] ?? "",
  );

async function knowsItsPods({ scrape, pods }: Cluster): Promise<void> {
  await untilHolds("the API's number of pods", async () => {
    const page = await scrape();
    const known = await pods();
    equal(page.value("taskstats_exporter_pod_watch_up"), 1, "the watch");
    equal(page.value("taskstats_exporter_pods"), known.length, "pods");
    const unnamed = new Set([...page.series.keys()].map((series) => /[{,]container="([^"]*)"/.exec(series)?.[1]));
    deepEqual(
      known.flatMap(idsOf).filter((id) => unnamed.has(id)),
      [],
      "containers shown by their id",
    );
  });
}

/** Its last processes are killed when it is deleted. */
async function forgetsDeletedPod(cluster: Cluster): Promise<void> {
  const { kubectl, scrape } = cluster;
  const ends = [];
  for (const container of ["first", "second"])
    ends.push({ container, tallies: await untilDone(cluster, "storm", container) });
  await kubectl(["-n", namespace, "delete", "pod", "storm", "--wait", "--timeout=60s", "--request-timeout=90s"]);
  const page = await scrape();
  for (const { container, tallies } of ends) {
    const labels = labelsOf("storm", container);
    equalTallies(page, labels, tallies);
    equal(exits(page, { ...labels, ...sleep, code: "SIGKILL" }), 1, "the process that the deletion killed");
  }
  const gone = async (): Promise<void> => deepEqual(seriesOf(await scrape(), "storm"), []);
  await untilHolds("its series removed", gone);
}

const seriesOf = (page: ScrapedPage, pod: string): string[] =>
  [...page.series.keys()].filter((series) => series.includes(`pod="${pod}"`));

export const labelChecks: readonly Check[] = [
  { title: "two containers that run the same program are told apart", verify: tellsLongLivedApart },
  { title: "short-lived processes of both containers are counted to the unit", verify: countsStorm },
  { title: "an init container's processes are counted under its name", verify: namesInitContainer },
  { title: "a container that crashes again and again is one series, and each end is counted", verify: countsCrashes },
  {
    title: "the processes of exec probes are counted under their container, few as unidentified",
    verify: countsProbes,
  },
  { title: "a job's processes are counted, the last one included", verify: countsJob },
  { title: "a static pod has the names of its mirror", verify: namesStaticPod },
  { title: "every pod's sandbox has namespace and pod, and no container", verify: namesSandboxes },
  { title: "processes of the host have none of the three labels", verify: leavesHostAlone },
  { title: "a chosen label of a pod is on its series", verify: carriesChosenLabel },
  { title: "the exporter knows the API's number of pods, and the name of each container", verify: knowsItsPods },
  { title: "a deleted pod's last ends are shown, and its series removed thereafter", verify: forgetsDeletedPod },
];
