/** The pods of the node as a test gives them, without an API server. */

import type { PodLabels } from "../../src/kubernetes/pod-names.ts";
import type { PodWatch } from "../../src/kubernetes/watch.ts";

export interface FakePods extends PodWatch {
  up: boolean;
  readonly errors: Map<string, number>;
  /** Labels by container id. */
  readonly containers: Map<string, PodLabels>;
  /** Labels by the pod's uid. */
  readonly pods: Map<string, PodLabels>;
  /** Names of pods, `namespace/pod`, that the node does not have any more. */
  readonly gone: Set<string>;
}

export function createFakePods(): FakePods {
  const containers = new Map<string, PodLabels>();
  const pods = new Map<string, PodLabels>();
  const gone = new Set<string>();
  return {
    up: true,
    containers,
    pods,
    gone,
    errors: new Map(),
    names: {
      ofContainer: (id) => containers.get(id),
      ofPod: (uid) => pods.get(uid),
      isGone: (namespace, pod) => gone.has(`${namespace}/${pod}`),
      get pods() {
        return pods.size;
      },
    },
    configure: () => undefined,
    start: () => Promise.resolve(),
    stop: () => undefined,
  };
}

const hex = "0123456789abcdef";

/** A container id: one digit, repeated 64 times. */
export const idOf = (digit: number): string => (hex[digit] ?? "0").repeat(64);

/** The uid of a pod: one digit, repeated. */
export const uidOf = (digit: number): string =>
  "8-4-4-4-12".replace(/\d+/g, (length) => (hex[digit] ?? "0").repeat(Number(length)));

/** Where the kubelet puts a container, with the driver cgroupfs and cgroup v2. */
export const pathOf = (pod: number, container: number): string =>
  `/kubepods/besteffort/pod${uidOf(pod)}/${idOf(container)}`;
