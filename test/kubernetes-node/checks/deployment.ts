/** The shipped manifests on a real API server: accepted as they are, running, and allowed no more than they need. */

import { deepEqual, equal } from "node:assert/strict";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Cluster } from "../cluster.ts";
import type { Kubectl } from "../kubectl.ts";
import { untilHolds } from "../wait.ts";
import type { Check } from "./check.ts";

const shipped = fileURLToPath(new URL("../../../deploy/kubernetes", import.meta.url));
const deployment = fileURLToPath(new URL("../deployment", import.meta.url));
const exporter = "taskstats-exporter";
const account = `system:serviceaccount:${exporter}:${exporter}`;

/** `base` and every overlay. */
function shippedFolders(): string[] {
  const overlays = readdirSync(join(shipped, "overlays"));
  return ["base", ...overlays.map((name) => `overlays/${name}`)];
}

/** Unknown keys are refused by kubectl with the server's schema, all else by the server. */
async function validates(kubectl: Kubectl, folder: string): Promise<void> {
  await kubectl(["apply", "-k", join(shipped, folder), "--dry-run=server", "--validate=true"]);
}

/** A dry run creates no namespace for what is in it. */
async function isValid({ kubectl }: Cluster): Promise<void> {
  for (const folder of shippedFolders()) await validates(kubectl, folder);
}

async function becomesReady({ kubectl }: Cluster): Promise<void> {
  await kubectl(["apply", "-k", deployment, "--validate=true"]);
  await rollOut(kubectl);
}

const inNamespace = (...args: string[]): string[] => ["-n", exporter, ...args];

async function rollOut(kubectl: Kubectl): Promise<void> {
  // Its own limit, for the request waits as long as the exporter takes.
  await kubectl(inNamespace("rollout", "status", `daemonset/${exporter}`, "--timeout=120s", "--request-timeout=150s"));
}

interface Rule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
}

/** What a user may do in a namespace, by the API server's own account. */
async function rulesOf(kubectl: Kubectl, user: string, namespace: string): Promise<readonly Rule[]> {
  const review = { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectRulesReview", spec: { namespace } };
  const args = ["create", "-f", "-", "-o", "json", `--as=${user}`];
  const groups = ["serviceaccounts", `serviceaccounts:${exporter}`, "authenticated"];
  const json = await kubectl([...args, ...groups.map((group) => `--as-group=system:${group}`)], JSON.stringify(review));
  const { status } = JSON.parse(json) as { readonly status: { readonly resourceRules: readonly Rule[] } };
  return status.resourceRules;
}

/** Another account of the same namespace tells what every account may. */
async function mayListAndWatchPods({ kubectl }: Cluster): Promise<void> {
  for (const namespace of [exporter, "kube-system", "shop"]) {
    const every = await rulesOf(kubectl, `system:serviceaccount:${exporter}:default`, namespace);
    const known = new Set(every.map((rule) => JSON.stringify(rule)));
    const own = (await rulesOf(kubectl, account, namespace)).filter((rule) => !known.has(JSON.stringify(rule)));
    deepEqual(own, [{ verbs: ["list", "watch"], apiGroups: [""], resources: ["pods"] }], `in ${namespace}`);
  }
}

async function hasNotRestarted({ kubectl }: Cluster): Promise<void> {
  const path = "{.items[*].status.containerStatuses[*].restartCount}";
  equal(await kubectl(inNamespace("get", "pods", "-o", `jsonpath=${path}`)), "0");
}

const delayAccounting = "/proc/sys/kernel/task_delayacct";

/** Replaces the pod by that of an overlay, and waits until its names are current. */
async function runsOverlay({ kubectl, scrape }: Cluster, overlay: string): Promise<void> {
  await kubectl(["apply", "-k", join(shipped, "overlays", overlay)]);
  await rollOut(kubectl);
  await untilHolds(`exit events and pods' names with ${overlay}`, async () => {
    const page = await scrape();
    equal(page.value("taskstats_exporter_exit_listener_up"), 1, "exit listener");
    equal(page.value("taskstats_exporter_pod_watch_up"), 1, "pod watch");
  });
}

/** The kernel's switch is put back when the node is taken down. */
async function turnsOnDelayAccounting(cluster: Cluster): Promise<void> {
  writeFileSync(delayAccounting, "0");
  await runsOverlay(cluster, "delayacct");
  equal(readFileSync(delayAccounting, "utf8").trim(), "1");
  equal((await cluster.scrape()).value("taskstats_exporter_delayacct_enabled"), 1);
}

export const deploymentChecks: readonly Check[] = [
  { title: "the DaemonSet becomes ready", verify: becomesReady },
  { title: "the API server accepts every shipped object, unknown keys refused", verify: isValid },
  { title: "the service account may list and watch pods, and nothing besides", verify: mayListAndWatchPods },
];

/** The last ones: each exporter that they start begins its counters anew. */
export const overlayChecks: readonly Check[] = [
  { title: "the exporter has run without a restart until here", verify: hasNotRestarted },
  { title: "the overlay delayacct turns delay accounting on", verify: turnsOnDelayAccounting },
  { title: "the overlay root runs", verify: (cluster) => runsOverlay(cluster, "root") },
];
