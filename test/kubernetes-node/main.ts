/**
 * Runs the shipped manifests on a real Kubernetes node and control plane on this machine: `npm run test:kubernetes`, as root.
 * Prints a line per check and ends with a status other than 0 where one failed. What it changes on the machine is put back,
 * whatever happens; the programs it has built stay in the cache. Flags: --keep waits for Ctrl-C before the node is taken
 * down; --mirror names Debian's archive where apt does not.
 */

import { once } from "node:events";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { findMirror } from "../debian/apt.ts";
import { installTools } from "../debian/tools.ts";
import { cacheDirectory } from "../support/cache-folder.ts";
import { verifyAll, type Check } from "./checks/check.ts";
import { deploymentChecks, overlayChecks } from "./checks/deployment.ts";
import { labelChecks } from "./checks/labels.ts";
import { outageChecks } from "./checks/outage.ts";
import { createCluster, objects } from "./cluster.ts";
import { buildExporterImage } from "./exporter-image.ts";
import { kubeconfigFile } from "./node/credentials.ts";
import { createLayout, type Layout } from "./node/layout.ts";
import { refuseSecondNode, removeNode } from "./node/leftovers.ts";
import { startNode, type Node } from "./node/node.ts";
import { preparePrograms } from "./programs/programs.ts";
import { writeSmallImages } from "./small-images.ts";

const say = (text: string): void => void process.stdout.write(`${text}\n`);

function parseCommandLine() {
  const options = { keep: { type: "boolean", default: false }, mirror: { type: "string" } } as const;
  return parseArgs({ options, strict: true }).values;
}

/** What a run left there that was killed goes. */
function emptyFolder(folder: string): string {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Ends what runs at the first signal. */
function untilSignal(): AbortController {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => controller.abort());
  return controller;
}

const aborted = async (signal: AbortSignal): Promise<never> => {
  if (!signal.aborted) await once(signal, "abort");
  throw new Error("interrupted");
};

/** @returns how many checks failed */
async function checkNode(layout: Layout, node: Node): Promise<number> {
  const cluster = createCluster(layout, node);
  const verify = (checks: readonly Check[]): Promise<number> => verifyAll(checks, cluster, say);
  const apply = (file: string): Promise<string> => node.kubectl(["apply", "-f", join(objects, file)]);
  await apply("monitoring.yaml");
  await apply("before.yaml");
  cluster.addStaticPod("static-pod.yaml");
  let failed = await verify(deploymentChecks);
  await apply("after.yaml");
  for (const checks of [labelChecks, outageChecks, overlayChecks]) failed += await verify(checks);
  return failed;
}

/** Brings the node up while the exporter's image is built. @returns how many checks failed */
async function testNode(layout: Layout, image: Promise<string>): Promise<number> {
  say("starting the node");
  const node = await startNode(layout);
  for (const archive of await writeSmallImages(layout.programs, layout.state)) await node.loadImages(archive);
  await node.loadImages(await image);
  return checkNode(layout, node);
}

async function run({ keep, mirror }: { readonly keep: boolean; readonly mirror?: string }): Promise<number> {
  const controller = untilSignal();
  const { signal } = controller;
  const cache = join(cacheDirectory(), "kubernetes");
  await installTools(["cc", "make", "setpriv", "unshare", "nsenter"]);
  const programs = await preparePrograms({ cache, findMirror: () => mirror ?? findMirror(), say, signal });
  const layout = createLayout(join(cache, "node"), programs);
  refuseSecondNode(layout);
  const folder = emptyFolder(join(cache, "image"));
  const image = buildExporterImage({ folder, say, signal });
  // One that fails is heard of when the image is wanted.
  image.catch(() => undefined);
  try {
    const failed = await Promise.race([testNode(layout, image), aborted(signal)]);
    say(`${failed === 0 ? "passed" : `FAILED: ${failed}`}; logs: ${layout.logs}`);
    if (keep) say(`KUBECONFIG=${kubeconfigFile(layout, "admin")} until Ctrl-C`);
    if (keep) await once(signal, "abort");
    return failed;
  } finally {
    controller.abort();
    await Promise.allSettled([image]);
    await removeNode(layout);
    rmSync(folder, { recursive: true, force: true });
  }
}

let failed = 1;
try {
  failed = await run(parseCommandLine());
} catch (error) {
  process.stderr.write(`test:kubernetes: ${error instanceof Error ? error.message : String(error)}\n`);
}
// What was interrupted may still be waiting for something.
process.exit(failed === 0 ? 0 : 1);
