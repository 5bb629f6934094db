/**
 * The pods of this node, by container id, by uid and by name. Ids that a pod does not list any more, and pods that were
 * deleted, stay findable for a while: the ends of their processes may be told late. It reads no clock: the caller passes one.
 */

import type { PodFacts } from "./pod.ts";
import type { PodLabels } from "./pod-names.ts";
import { createRetainedMap } from "./retained-map.ts";

/** How long what is gone stays findable. */
export const retentionMs = 600_000;

/** Ids, and as many pods, that stay; a node that starts and ends a pod of two containers each second needs 1,800. */
const maxRetired = 4096;

/** Ten times what kubelets are given in practice. */
const maxPods = 5000;

/** Names of series' labels, and the label of the pod that each shows. */
export type ChosenLabels = ReadonlyMap<string, string>;

export interface PodIndex {
  /** Labels of a container; undefined where no pod lists it, or has not for longer than the retention. */
  ofContainer(id: string, chosen: ChosenLabels): PodLabels | undefined;
  /** Labels of a pod by its uid, or by the hash of a static pod. */
  ofPod(uid: string, chosen: ChosenLabels): PodLabels | undefined;
  /** True where a pod of that name is on this node now; one that is only retained is not. */
  has(namespace: string, pod: string): boolean;
  /** Adds a pod, or puts it in the place of what was known of its uid. @returns false where there are too many pods */
  put(pod: PodFacts): boolean;
  remove(uid: string): void;
  /** Removes all pods but those of these uids. */
  keepOnly(uids: ReadonlySet<string>): void;
  /** Pods on this node now. */
  readonly pods: number;
  /** Entries kept, those retained included. */
  readonly size: number;
}

export function createPodIndex(nowMs: () => number): PodIndex {
  const pods = new Map<string, PodFacts>();
  /** A pod that was made again under the same name has another uid. */
  const byName = new Map<string, PodFacts>();
  const byContainer = createRetainedMap<PodFacts>({ ms: retentionMs, max: maxRetired });
  const byUid = createRetainedMap<PodFacts>({ ms: retentionMs, max: maxRetired });

  /** What other facts have taken over since, of this pod or of another, stays as it is. */
  function release(pod: PodFacts): void {
    const key = keyOf(pod.namespace, pod.name);
    if (byName.get(key) === pod) byName.delete(key);
    for (const id of pod.containers.keys()) if (byContainer.current(id) === pod) byContainer.retire(id, nowMs());
    for (const uid of uidsOf(pod)) if (byUid.current(uid) === pod) byUid.retire(uid, nowMs());
  }

  function put(pod: PodFacts): boolean {
    const before = pods.get(pod.uid);
    if (before === undefined && pods.size >= maxPods) return false;
    pods.set(pod.uid, pod);
    byName.set(keyOf(pod.namespace, pod.name), pod);
    for (const id of pod.containers.keys()) byContainer.set(id, pod);
    for (const uid of uidsOf(pod)) byUid.set(uid, pod);
    if (before !== undefined) release(before);
    return true;
  }

  function remove(uid: string): void {
    const pod = pods.get(uid);
    if (pod === undefined) return;
    pods.delete(uid);
    release(pod);
  }

  return {
    ofContainer(id, chosen) {
      const pod = byContainer.get(id, nowMs());
      return pod && labelsOf(pod, pod.containers.get(id), chosen);
    },
    ofPod(uid, chosen) {
      const pod = byUid.get(uid, nowMs());
      return pod && labelsOf(pod, undefined, chosen);
    },
    has: (namespace, pod) => byName.has(keyOf(namespace, pod)),
    put,
    remove,
    keepOnly(uids) {
      for (const uid of pods.keys()) if (!uids.has(uid)) remove(uid);
    },
    get pods() {
      return pods.size;
    },
    get size() {
      return pods.size + byName.size + byContainer.size + byUid.size;
    },
  };
}

/** Neither name has a slash. */
const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

function uidsOf({ uid, configHash }: PodFacts): readonly string[] {
  return configHash === undefined ? [uid] : [uid, configHash];
}

function labelsOf(pod: PodFacts, container: string | undefined, chosen: ChosenLabels): PodLabels {
  const labels: Record<string, string> = { namespace: pod.namespace, pod: pod.name };
  if (container !== undefined) labels["container"] = container;
  for (const [label, podLabel] of chosen) {
    const value = pod.labels.get(podLabel);
    // An empty label is none, as for Prometheus.
    if (value !== undefined && value !== "") labels[label] = value;
  }
  return labels;
}
