/**
 * Finds the pods of this node by container id, by uid and by name. A deleted pod, and a container id that its pod does not
 * list any more, can still be found for a while, because the exits of their processes may be decided on later.
 */

import type { PodFacts } from "./pod.ts";
import type { PodLabels } from "./pod-names.ts";
import { createRetainedMap } from "./retained-map.ts";

/** How long a deleted pod and an old container id can be found. */
export const retentionMs = 600_000;

/**
 * The most old container ids that are kept, and the most uids of deleted pods. A node that starts and deletes a pod of two
 * containers each second needs 1,200 ids and 600 uids.
 */
const maxRetired = 4096;

/** The most pods at a time: ten times what a kubelet is configured for in practice. */
const maxPods = 5000;

/** Which labels series have besides namespace, pod and container. */
export interface ChosenLabels {
  /** By the name of a label on the series: the label of the pod whose value it shows. */
  readonly labels: ReadonlyMap<string, string>;
  /** Whether series have the labels of the pod's workload. */
  readonly workload: boolean;
}

export interface PodIndex {
  /** Labels of a container; undefined if no pod lists it or has listed it within the retention. */
  ofContainer(id: string, chosen: ChosenLabels): PodLabels | undefined;
  /** Labels of a pod by its uid or, if it is static, by its hash. */
  ofPod(uid: string, chosen: ChosenLabels): PodLabels | undefined;
  /** True if a pod of that name is on this node now. A deleted pod that is still kept does not count. */
  has(namespace: string, pod: string): boolean;
  /** Adds a pod, or replaces the pod with its uid. @returns false if there are too many pods already */
  put(pod: PodFacts): boolean;
  remove(uid: string): void;
  /** Removes all pods except those with these uids. */
  keepOnly(uids: ReadonlySet<string>): void;
  /** Number of pods on this node now. */
  readonly pods: number;
  /** Number of entries in all maps, including those of deleted pods and old container ids. */
  readonly size: number;
}

export function createPodIndex(nowMs: () => number): PodIndex {
  const pods = new Map<string, PodFacts>();
  /** Names are not uids: a pod that was created again under the same name has another uid. */
  const byName = new Map<string, PodFacts>();
  const byContainer = createRetainedMap<PodFacts>({ ms: retentionMs, max: maxRetired });
  const byUid = createRetainedMap<PodFacts>({ ms: retentionMs, max: maxRetired });

  /** Retires the entries that still lead to these facts, and leaves those that newer facts have taken over. */
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

/** Namespaces and names of pods have no slash, so that the key is unique. */
const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

function uidsOf({ uid, configHash }: PodFacts): readonly string[] {
  return configHash === undefined ? [uid] : [uid, configHash];
}

function labelsOf(pod: PodFacts, container: string | undefined, chosen: ChosenLabels): PodLabels {
  const labels: Record<string, string> = { namespace: pod.namespace, pod: pod.name };
  if (container !== undefined) labels["container"] = container;
  if (chosen.workload) Object.assign(labels, pod.workload);
  for (const [label, podLabel] of chosen.labels) {
    const value = pod.labels.get(podLabel);
    // For Prometheus a label with an empty value is the same as no label.
    if (value !== undefined && value !== "") labels[label] = value;
  }
  return labels;
}
