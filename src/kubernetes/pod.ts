/**
 * Reads from a pod object of the API, of any shape, the few values that the names need. Keeps no part of the object itself.
 * Source: Pod v1 of the Kubernetes API reference.
 */

import { formLabelValue } from "../classify/label.ts";
import { elementsOf, entriesOf, fieldOf, textOf } from "./json.ts";
import { readWorkload, type Workload } from "./workload.ts";

/** The values that are kept of a pod. */
export interface PodFacts {
  readonly uid: string;
  /** Of a static pod: the hash that its control groups have in their paths in the place of the uid. */
  readonly configHash: string | undefined;
  readonly namespace: string;
  readonly name: string;
  /** All labels of the pod, because a reload of the configuration may choose other ones. */
  readonly labels: ReadonlyMap<string, string>;
  /** What the pod was made of; undefined where its owner is none that can be named. */
  readonly workload: Workload | undefined;
  /** Container names by container id, for all containers in the status, including terminated ones. */
  readonly containers: ReadonlyMap<string, string>;
}

/** The longest name that the API allows. The values of labels are shorter. */
const maxNameLength = 253;

/** `runtime://id`. The runtimes in use have ids of 64 hexadecimal digits. */
const containerId = /^[a-z0-9.-]+:\/\/([0-9A-Za-z_.-]{1,128})$/;

const statusLists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];

/** Reads a pod; undefined if it lacks uid, namespace or name. A pod without status has no containers. */
export function readPod(pod: unknown): PodFacts | undefined {
  const metadata = fieldOf(pod, "metadata");
  const uid = nameOf(fieldOf(metadata, "uid"));
  const namespace = nameOf(fieldOf(metadata, "namespace"));
  const name = nameOf(fieldOf(metadata, "name"));
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  const labels = readLabels(fieldOf(metadata, "labels"));
  return {
    uid,
    configHash: nameOf(fieldOf(metadata, "annotations", "kubernetes.io/config.hash")),
    namespace,
    name,
    labels,
    workload: readWorkload(metadata, { name, labels }),
    containers: readContainers(fieldOf(pod, "status")),
  };
}

function nameOf(value: unknown): string | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : formLabelValue(text, maxNameLength);
}

function readLabels(labels: unknown): ReadonlyMap<string, string> {
  const read = new Map<string, string>();
  for (const [label, value] of entriesOf(labels)) {
    const text = nameOf(value);
    if (text !== undefined) read.set(label, text);
  }
  return read;
}

function readContainers(status: unknown): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const container of statusLists.flatMap((list) => elementsOf(fieldOf(status, list)))) {
    const name = nameOf(fieldOf(container, "name"));
    if (name !== undefined) for (const id of idsOf(container)) names.set(id, name);
  }
  return names;
}

/** The ids of a container: it gets a new one with each restart, and the status has the one before as well. */
function idsOf(container: unknown): string[] {
  return [
    fieldOf(container, "containerID"),
    fieldOf(container, "state", "terminated", "containerID"),
    fieldOf(container, "lastState", "terminated", "containerID"),
  ].flatMap((value) => containerId.exec(textOf(value) ?? "")?.[1] ?? []);
}
