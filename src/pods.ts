/** Whether the names of this node's pods are asked for, and of whom: by the flags and by what kubelets tell a container. */

import { ExporterError } from "./base/errors.ts";
import { systemClock } from "./base/clock.ts";
import type { Invocation } from "./cli.ts";
import type { ApiServer } from "./kubernetes/api-server.ts";
import { findApiServer } from "./kubernetes/environment.ts";
import type { PodWatch } from "./kubernetes/watch.ts";
import type { Log } from "./log.ts";

type Environment = Readonly<Record<string, string | undefined>>;

type Flags = Pick<Invocation, "kubernetes" | "kubernetesNode" | "serviceAccountDir">;

interface Node {
  readonly api: ApiServer;
  readonly nodeName: string;
}

/** @throws ExporterError KUBERNETES_MISSING */
function findNode({ kubernetes, kubernetesNode, serviceAccountDir }: Flags, env: Environment): Node {
  const where = `--kubernetes=${kubernetes}`;
  const api = findApiServer(env, serviceAccountDir);
  if (api === undefined) {
    const want = `KUBERNETES_SERVICE_HOST and _PORT in the environment, and ${serviceAccountDir}/token`;
    throw new ExporterError("KUBERNETES_MISSING", { where, want, got: "not all of them" });
  }
  const nodeName = kubernetesNode ?? env["NODE_NAME"] ?? "";
  if (nodeName !== "") return { api, nodeName };
  const want = "--kubernetes.node or the environment variable NODE_NAME";
  throw new ExporterError("KUBERNETES_MISSING", { where, want, got: "neither" });
}

/** What only `auto` leaves open: outside of a cluster nobody expects names, inside of one their absence is worth a word. */
function findNodeIfAny(flags: Flags, env: Environment, log: Log): Node | undefined {
  if (flags.kubernetes === "off") return undefined;
  if (flags.kubernetes === "on") return findNode(flags, env);
  if (findApiServer(env, flags.serviceAccountDir) === undefined) return undefined;
  try {
    return findNode(flags, env);
  } catch (error) {
    log.warn({ err: error }, "series do not name pods");
    return undefined;
  }
}

/**
 * @returns a watch that has not started; undefined where series are not to name pods
 * @throws ExporterError KUBERNETES_MISSING where they are, and this is no pod that could ask for names
 */
export async function openPodWatch(flags: Flags, env: Environment, log: Log): Promise<PodWatch | undefined> {
  const node = findNodeIfAny(flags, env, log);
  if (node === undefined) return undefined;
  // Most hosts are in no cluster, and do without what this takes.
  const { createPodWatch } = await import("./kubernetes/watch.ts");
  return createPodWatch({
    ...node,
    podLabels: new Map(),
    clock: systemClock,
    onTrouble: (error) => log.warn({ err: error }, "names of pods are not current: new containers wait for theirs"),
    onMended: () => log.info({}, "names of pods are current"),
  });
}
