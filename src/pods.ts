/** Decides from flags and environment whether to watch this node's pods, and at which API server. */

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

/** With `auto`, a missing API server is silent, because most hosts are in no cluster; a missing node name in a cluster is a warning. */
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
 * @returns a watch that has not started; undefined where series carry no pod names
 * @throws ExporterError KUBERNETES_MISSING with `--kubernetes=on` outside of a pod
 */
export async function openPodWatch(flags: Flags, env: Environment, log: Log): Promise<PodWatch | undefined> {
  const node = findNodeIfAny(flags, env, log);
  if (node === undefined) return undefined;
  // Loaded only here, because most hosts are in no cluster and do not need it.
  const { createPodWatch } = await import("./kubernetes/watch.ts");
  return createPodWatch({
    ...node,
    podLabels: { labels: new Map(), workload: false },
    clock: systemClock,
    onTrouble: (error) => log.warn({ err: error }, "names of pods are not current: new containers wait for theirs"),
    onRecovered: () => log.info({}, "names of pods are current"),
  });
}
