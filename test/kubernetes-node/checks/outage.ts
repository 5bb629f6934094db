/** The API server is gone for a while: figures go on, names stay, and nothing is lost. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { join } from "node:path";
import { objects, type Cluster } from "../cluster.ts";
import { nodeName } from "../node/layout.ts";
import { untilHolds } from "../wait.ts";
import type { Check } from "./check.ts";
import { equalTallies, exits, labelsOf, processes, untilDone } from "./figures.ts";

const tick = labelsOf("ticker", "tick");
const unnamed = labelsOf(`unnamed-${nodeName}`, "early");

async function startsTicker({ kubectl, scrape, node }: Cluster): Promise<void> {
  await kubectl(["apply", "-f", join(objects, "ticker.yaml")]);
  await untilHolds("ends of the ticker", async () => {
    ok(exits(await scrape(), tick) > 0);
  });
  await node.stopApiServer();
}

async function saysSo({ scrape }: Cluster): Promise<void> {
  await untilHolds("the watch down", async () => {
    const page = await scrape();
    equal(page.value("taskstats_exporter_pod_watch_up"), 0);
    ok(page.sum("taskstats_exporter_pod_watch_errors_total") > 0, "errors of the watch");
  });
}

async function goesOn({ scrape }: Cluster): Promise<void> {
  const before = exits(await scrape(), tick);
  await untilHolds("more ends of the ticker", async () => {
    const page = await scrape();
    ok(exits(page, tick) > before);
    for (const container of ["left", "right"]) equal(processes(page, labelsOf("pair", container)), 1, container);
  });
}

/** Its programs, by the id of a container that has started as many. */
const earlyPrograms = /^taskstats_process_exits_total\{groupname="true",container="[0-9a-f]{64}",.* 50$/;

/** The kubelet runs a static pod without an API server too. */
async function showsUnnamed({ scrape, addStaticPod }: Cluster): Promise<void> {
  addStaticPod("static-pod-unnamed.yaml");
  await untilHolds("series by the container's id", async () => {
    const page = await scrape();
    ok(
      [...page.series].some(([series, value]) => earlyPrograms.test(`${series} ${value}`)),
      "50 ends",
    );
    ok((page.value("taskstats_exporter_containers_unnamed") ?? 0) > 0, "a container without a name");
  });
}

async function comesBack({ scrape, node }: Cluster): Promise<void> {
  await node.startApiServer();
  const up = async (): Promise<void> => equal((await scrape()).value("taskstats_exporter_pod_watch_up"), 1);
  // Between two attempts the exporter waits for a minute at most.
  await untilHolds("the watch up", up, 120_000);
}

/** The kubelet tells of a static pod when it next looks at all pods. */
async function renames(cluster: Cluster): Promise<void> {
  const tallies = await untilDone(cluster, unnamed.pod, unnamed.container);
  const counts = async (): Promise<void> => {
    const page = await cluster.scrape();
    equal(processes(page, { ...unnamed, groupname: "sleep" }), 1);
    equalTallies(page, unnamed, tallies);
  };
  await untilHolds("the container's name", counts, 120_000);
}

async function hasLostNothing(cluster: Cluster): Promise<void> {
  const tallies = await untilDone(cluster, "ticker", "tick");
  const counts = async (): Promise<void> => equalTallies(await cluster.scrape(), tick, tallies);
  await untilHolds("the ticker's ends", counts);
  equal((await cluster.scrape()).value("taskstats_exporter_exit_events_lost_total"), 0, "lost exit events");
}

/** Of all pages that were scraped before. */
function neverFell({ falls }: Cluster): Promise<void> {
  deepEqual(falls.found, []);
  return Promise.resolve();
}

export const outageChecks: readonly Check[] = [
  { title: "a pod whose processes come and go is counted before the API server stops", verify: startsTicker },
  { title: "without an API server the exporter says that names are not current", verify: saysSo },
  { title: "figures go on and keep their labels", verify: goesOn },
  { title: "a container that nobody can name is shown by its id", verify: showsUnnamed },
  { title: "with the API server back names are current again", verify: comesBack },
  { title: "the container that had no name gets it, with all its ends", verify: renames },
  { title: "every end during the outage is counted", verify: hasLostNothing },
  { title: "no counter fell on any page", verify: neverFell },
];
