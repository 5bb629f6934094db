/**
 * Containers of pods that have had processes, and the labels that their series get. A container's name comes from the API
 * server, later than its first process: until then its figures are kept apart under its id, so that none is lost.
 */

import type { Clock } from "../../base/clock.ts";
import { findContainer, type ContainerPath } from "../../classify/container.ts";
import type { PodLabels, PodNames } from "../../kubernetes/pod-names.ts";
import type { PodWatch } from "../../kubernetes/watch.ts";

/** A container, or what belongs to a pod and to none of its containers that have names. */
export interface Container {
  /** Which it is, whatever it is called: as long as nobody knows its name, nothing else tells it from others. */
  readonly key: string;
  /** Its labels once they are known; they stay. Only of a pod's own they may become those of a container later. */
  readonly labels: PodLabels | undefined;
  /** What its series show until then; undefined while they are held back, since the name will come in a moment. */
  readonly interim: PodLabels | undefined;
}

export interface Containers {
  /** Undefined where the paths are those of no pod. */
  find(cgroups: readonly string[]): Container | undefined;
  /** Asks for the names that were missing. */
  settle(nowUs: number): Named;
  /** Takes the labels that the names' source gives now, for processes whose groups are looked for from now on. */
  relabel(): void;
  /** True where all that a series' labels name is gone from this node. */
  isGone(labels: PodLabels): boolean;
  /** Forgets those that have had no process for long, but not those that groups still wait for. */
  expire(awaited: ReadonlySet<Container>, nowUs: number): void;
}

/** What became of names that were missing. */
export interface Named {
  /** Their groups are to be labelled. */
  readonly named: readonly Container[];
  /** They had their pod's labels for want of their own, and have these now: their processes belong to other groups. */
  readonly moved: ReadonlySet<Container>;
}

export interface ContainersOptions {
  readonly names: PodNames;
  /** Whether the API server's word is up to date. */
  readonly isCurrent: () => boolean;
  /** Whether the API server has failed to give it: names will not come in a moment. */
  readonly isAway: () => boolean;
  readonly clock: Clock;
}

interface Known {
  readonly key: string;
  readonly path: ContainerPath;
  labels: PodLabels | undefined;
  interim: PodLabels | undefined;
  /** The labels are the pod's, since no pod has listed the container in time: the pod's sandbox, as a rule. */
  ofPodOnly: boolean;
  /** Since when a name could have come: its pod is known, and the API server's word up to date. */
  waitingSinceUs: number;
  readonly seenAtUs: number;
  usedAtUs: number;
}

/** How long a name may take: a kubelet that was refused tells again within ten seconds. */
const patienceUs = 15e6;

/** What was seen within so long may have been there in another order: /proc is searched every few seconds, and pods start at once. */
const orderUs = 30e6;

/** How long a container without processes is remembered. */
const memoryUs = 3600e6;

/** In a control group namespace of the reader's own, the path of another container of its pod is beside its root, without the pod. */
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

  /** What sets it apart from all others, until it has a name. */
  function interimLabels(path: ContainerPath): PodLabels {
    const { ids, podUid = "" } = path;
    return ids[0] === undefined ? { pod: podUid } : { ...labelsOfPod(path), container: ids[0] };
  }

  /** A pod that the API server has been told of only now, as a static pod's mirror is, lists its containers a moment later. */
  function isNameDue({ path }: Known): boolean {
    return isCurrent() && labelsOfPod(path) !== undefined;
  }

  /** The sandbox is the first of its pod. What was seen after a container that has its name is another one, or that one restarted. */
  function isFirst({ path, seenAtUs }: Known): boolean {
    return ![...known.values()].some(
      (other) =>
        other.path.podUid === path.podUid &&
        other.labels !== undefined &&
        !other.ofPodOnly &&
        other.seenAtUs < seenAtUs - orderUs,
    );
  }

  /** Looks for the name of a container that has none. @returns true where its groups are to be labelled */
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

  /** Looks for the name of a container that has its pod's labels. @returns true where it is there now */
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
