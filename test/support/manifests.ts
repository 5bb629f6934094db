/** Builds deploy/kubernetes with `kubectl kustomize`. A kubectl that is missing or refuses is an error. */

import { join } from "node:path";
import type { IPodMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PodMonitor";
import type { IPrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import type { DaemonSet } from "kubernetes-types/apps/v1.js";
import type {
  ConfigMap,
  Container,
  Namespace,
  PodSpec,
  ResourceQuota,
  ServiceAccount,
} from "kubernetes-types/core/v1.js";
import type { ClusterRole, ClusterRoleBinding } from "kubernetes-types/rbac/v1.js";
import { parseAllDocuments } from "yaml";
import { findDebianProgram } from "../debian/programs.ts";
import { execFileSync } from "./processes.ts";
import { repository } from "./shipped-queries.ts";

const kubectl = await findDebianProgram({ package: "kubernetes-client", program: "kubectl" });

/** Why there is no kubectl here; undefined where there is one. */
export const kubectlObstacle = kubectl.obstacle;

/** One object of the API, of whatever kind. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** The folders that can be given to `kubectl apply -k`. */
export const folders = [
  "base",
  "overlays/delayacct",
  "overlays/prometheus-operator",
  "overlays/root",
  "overlays/seccomp",
  "overlays/web-config",
] as const;

export type Folder = (typeof folders)[number];

/** @throws Error with what kubectl says */
export function buildManifests(folder: Folder): readonly Manifest[] {
  return buildFolder(join(repository, "deploy/kubernetes", folder));
}

/** As `buildManifests`, of any folder. */
export function buildFolder(path: string): readonly Manifest[] {
  // On stderr newer versions say that some words of kubectl 1.20 are deprecated.
  const text = execFileSync(kubectl.path, ["kustomize", path], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** The type of each kind. manifest-schema.ts checks the objects. */
interface Kinds {
  readonly ClusterRole: ClusterRole;
  readonly ClusterRoleBinding: ClusterRoleBinding;
  readonly ConfigMap: ConfigMap;
  readonly DaemonSet: DaemonSet;
  readonly Namespace: Namespace;
  readonly PodMonitor: IPodMonitor;
  readonly PrometheusRule: IPrometheusRule;
  readonly ResourceQuota: ResourceQuota;
  readonly ServiceAccount: ServiceAccount;
}

/** The one object of a kind. @throws Error where there are none or several */
export function theOne<K extends keyof Kinds>(manifests: readonly Manifest[], kind: K): Kinds[K] & Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind);
  if (found.length !== 1) throw new Error(`want one ${kind}, got ${found.length}`);
  return found[0] as Kinds[K] & Manifest;
}

/** The pod that the DaemonSet runs on each node. */
export function podOf(manifests: readonly Manifest[]): PodSpec {
  const pod = theOne(manifests, "DaemonSet").spec?.template.spec;
  if (pod === undefined) throw new Error("want a DaemonSet with a pod, got none");
  return pod;
}

export function exporterOf(manifests: readonly Manifest[]): Container {
  const container = podOf(manifests).containers.find(({ name }) => name === "taskstats-exporter");
  if (container === undefined) throw new Error("want a container taskstats-exporter, got none");
  return container;
}
