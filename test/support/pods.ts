/** Pods as the Kubernetes API gives them, with what the exporter reads of them. */

export interface PodOptions {
  readonly uid: string;
  readonly name?: string;
  readonly namespace?: string;
  /** Container names by id. */
  readonly containers?: Readonly<Record<string, string>>;
  readonly labels?: Readonly<Record<string, string>>;
  readonly configHash?: string;
  /** The controller, which is the only owner. */
  readonly owner?: { readonly kind: string; readonly name: string };
  readonly createdAt?: string;
}

/** A pod of the API as far as the fake server needs to know it. */
export interface ApiPod {
  readonly metadata: { readonly uid: string; readonly [key: string]: unknown };
  readonly [key: string]: unknown;
}

export function podOf({
  uid,
  name = `pod-${uid}`,
  namespace = "shop",
  containers,
  labels,
  configHash,
  owner,
  createdAt = "2026-01-01T00:00:00Z",
}: PodOptions): ApiPod {
  const statuses = Object.entries(containers ?? {}).map(([id, container]) => ({
    name: container,
    containerID: `containerd://${id}`,
    state: { running: { startedAt: "2026-01-01T00:00:00Z" } },
  }));
  const annotations = configHash === undefined ? {} : { "kubernetes.io/config.hash": configHash };
  return {
    metadata: {
      ...{ uid, name, namespace, labels, annotations, creationTimestamp: createdAt },
      ...(owner === undefined ? {} : { ownerReferences: [{ apiVersion: "apps/v1", ...owner, controller: true }] }),
    },
    spec: { nodeName: "node-1", containers: [{ name: "app", image: "registry.example/app:1" }] },
    status: { phase: "Running", containerStatuses: statuses },
  };
}
