/**
 * The containers of pods that have had processes, and the labels of their series. A container's name comes from the API
 * server, later than its first process. Until then its figures are kept apart under its id, so that none is lost.
 */

import type { Clock } from "../../base/clock.ts";
import { findContainer, type ContainerPath } from "../../classify/container.ts";
import type { PodLabels, PodNames } from "../../kubernetes/pod-names.ts";
import type { PodWatch } from "../../kubernetes/watch.ts";

/** A container of a pod, or a control group of a pod that is none of its named containers. */
export interface Container {
  /** Identifies the container, with or without a name. */
  readonly key: string;
  /**
   * Its labels; undefined until they are known. They stay, except that labels of a pod may be replaced by those of a
   * container.
   */
  readonly labels: PodLabels | undefined;
  /** Labels of its series until then; undefined while the series are held back, since the name is expected in a moment. */
  readonly interim: PodLabels | undefined;
}

export interface Containers {
  /** The container of a process with these control groups; undefined where they belong to no pod. */
  find(cgroups: readonly string[]): Container | undefined;
  /** Looks for the names that were missing. */
  settle(nowUs: number): Named;
  /** Reads the labels of all named containers again. They apply to processes whose groups are found from now on. */
  relabel(): void;
  /** True where the labels name a pod that is gone from this node. */
  isGone(labels: PodLabels): boolean;
  /** Forgets containers that have had no process for long, except those that groups still wait for. */
  expire(awaited: ReadonlySet<Container>, nowUs: number): void;
}

/** Containers that got labels. */
export interface Named {
  /** Containers whose groups are to be renamed. */
  readonly named: readonly Container[];
  /** Containers that had only their pod's labels and have their own now: their processes belong to other groups. */
  readonly moved: ReadonlySet<Container>;
}

export interface ContainersOptions {
  readonly names: PodNames;
  /** True where the API server's list of pods is up to date. */
  readonly isCurrent: () => boolean;
  /** True where the API server cannot be asked: then no name is expected in a moment. */
  readonly isAway: () => boolean;
  readonly clock: Clock;
}

interface Known {
  readonly key: string;
  readonly path: ContainerPath;
  labels: PodLabels | undefined;
  interim: PodLabels | undefined;
  /** True where the labels are the pod's, since no pod listed the container in time. It is the pod's sandbox, as a rule. */
  ofPodOnly: boolean;
  /** Since when the name could have come: its pod is known, and the list of pods is up to date. */
  waitingSinceUs: number;
  readonly seenAtUs: number;
  usedAtUs: number;
}

/** How long a name may take. A kubelet whose report was refused tries again within ten seconds. */
const patienceUs = 15e6;

/**
 * Containers seen within this time may have started in another order: /proc is listed every few seconds, and a pod starts
 * its containers quickly.
 */
const orderUs = 30e6;

/** How long a container without processes is remembered. */
const memoryUs = 3600e6;

/**
 * If the exporter has a control group namespace, the path of another container of its pod lies beside the root and does not
 * name the pod.
 */
const besideReader = /^\/\.\.\/[^/]*[0-9a-f]{64}/;

/** The containers of this node's pods. */
export function createPodContainers(pods: PodWatch, clock: Clock): Containers {
  return createContainers({
    names: pods.names,
    isCurrent: () => pods.up,
    isAway: () => !pods.up && pods.errors.size > 0,
    clock,
  });
}

export function createContainers({ names, isCurrent, isAway, clock }: ContainersOptions): Containers {
  const known = new Map<string, Known>();

  function findLabels({ ids }: ContainerPath): PodLabels | undefined {
    for (const id of ids) {
      const labels = names.ofContainer(id);
      if (labels !== undefined) return labels;
    }
    return undefined;
  }

  function add(key: string, path: ContainerPath): Known {
    const now = clock.monotonicUs();
    const times = { waitingSinceUs: now, seenAtUs: now, usedAtUs: now };
    const container = { key, path, labels: findLabels(path), interim: undefined, ofPodOnly: false, ...times };
    known.set(key, container);
    return container;
  }

  const labelsOfPod = ({ podUid }: ContainerPath): PodLabels | undefined =>
    podUid === undefined ? undefined : names.ofPod(podUid);

  /** Labels that no other container has, for the time without a name. */
  function interimLabels(path: ContainerPath): PodLabels {
    const { ids, podUid = "" } = path;
    return ids[0] === undefined ? { pod: podUid } : { ...labelsOfPod(path), container: ids[0] };
  }

  /**
   * True where the name could come at any moment. A pod that the API server learns of late, as of a static pod's mirror,
   * lists its containers a moment later.
   */
  function isNameDue({ path }: Known): boolean {
    return isCurrent() && labelsOfPod(path) !== undefined;
  }

  /**
   * True where the container may be the sandbox, the first of its pod. One that was seen long after a named container is no
   * sandbox.
   */
  function isFirst({ path, seenAtUs }: Known): boolean {
    return ![...known.values()].some(
      (other) =>
        other.path.podUid === path.podUid &&
        other.labels !== undefined &&
        !other.ofPodOnly &&
        other.seenAtUs < seenAtUs - orderUs,
    );
  }

  /** Looks for the name of a container that has none. @returns true where its groups are to be renamed */
  function name(container: Known, now: number): boolean {
    const { path, waitingSinceUs, seenAtUs } = container;
    const found = findLabels(path);
    const late = now - waitingSinceUs >= patienceUs && isFirst(container);
    container.labels = found ?? (late ? labelsOfPod(path) : undefined);
    container.ofPodOnly = found === undefined && container.labels !== undefined;
    if (container.labels !== undefined) return true;
    const held = now - seenAtUs < patienceUs && !isAway();
    if (container.interim !== undefined || held) return false;
    container.interim = interimLabels(path);
    return true;
  }

  /** Looks for the name of a container that has its pod's labels. @returns true where it was found */
  function nameLate(container: Known): boolean {
    const found = findLabels(container.path);
    if (found === undefined) return false;
    Object.assign(container, { labels: found, ofPodOnly: false });
    return true;
  }

  return {
    find(cgroups) {
      const path = findContainer(cgroups);
      if (path === undefined) return undefined;
      const key = `${path.podUid ?? ""}/${path.ids.join("/")}`;
      const container = known.get(key);
      if (container !== undefined) {
        container.usedAtUs = clock.monotonicUs();
        return container;
      }
      const isOfPod =
        path.podUid !== undefined || cgroups.some((path) => besideReader.test(path)) || findLabels(path) !== undefined;
      return isOfPod ? add(key, path) : undefined;
    },
    settle(now) {
      const all = [...known.values()];
      const moved = new Set(all.filter((container) => container.ofPodOnly && nameLate(container)));
      const nameless = all.filter(({ labels }) => labels === undefined);
      for (const container of nameless) if (!isNameDue(container)) container.waitingSinceUs = now;
      return { named: nameless.filter((container) => name(container, now)), moved };
    },
    relabel() {
      for (const container of known.values()) {
        if (container.labels === undefined) continue;
        container.labels =
          findLabels(container.path) ??
          (container.ofPodOnly ? labelsOfPod(container.path) : undefined) ??
          container.labels;
      }
    },
    isGone: ({ namespace, pod }) => namespace !== undefined && pod !== undefined && names.isGone(namespace, pod),
    expire(awaited, now) {
      for (const [key, container] of known) {
        if (!awaited.has(container) && now - container.usedAtUs > memoryUs) known.delete(key);
      }
    },
  };
}
