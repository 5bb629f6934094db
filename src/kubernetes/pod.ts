/**
 * From the API's object of a pod, whatever shape it has, to the little that names need. Pure; nothing of the object is kept.
 * Source: Pod v1 of the Kubernetes API reference.
 */

import { formLabelValue } from "../classify/label.ts";
import { elementsOf, entriesOf, fieldOf, textOf } from "./json.ts";

/** What is kept of a pod. */
export interface PodFacts {
  readonly uid: string;
  /** What the control groups of a static pod carry in the place of the API's uid. */
  readonly configHash: string | undefined;
  readonly namespace: string;
  readonly name: string;
  /** All labels of the pod, since a reload may choose others. */
  readonly labels: ReadonlyMap<string, string>;
  /** Container names by the ids of all containers that the pod tells of, ended ones included. */
  readonly containers: ReadonlyMap<string, string>;
}

/** The longest name that the API allows; labels of pods are shorter. */
const maxNameLength = 253;

/** Runtimes use 64 hexadecimal digits. */
const containerId = /^[a-z0-9.-]+:\/\/([0-9A-Za-z_.-]{1,128})$/;

const statusLists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];

/** The facts of a pod; undefined where it lacks uid, namespace or name. One without status has no containers. */
export function readPod(pod: unknown): PodFacts | undefined {
  const metadata = fieldOf(pod, "metadata");
  const uid = nameOf(fieldOf(metadata, "uid"));
  const namespace = nameOf(fieldOf(metadata, "namespace"));
  const name = nameOf(fieldOf(metadata, "name"));
  if (uid === undefined || namespace === undefined || name === undefined) return undefined;
  return {
    uid,
    configHash: nameOf(fieldOf(metadata, "annotations", "kubernetes.io/config.hash")),
    namespace,
    name,
    labels: readLabels(fieldOf(metadata, "labels")),
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

/** A container that was restarted has had other ids, of which the last one is told. */
function idsOf(container: unknown): string[] {
  return [
    fieldOf(container, "containerID"),
    fieldOf(container, "state", "terminated", "containerID"),
    fieldOf(container, "lastState", "terminated", "containerID"),
  ].flatMap((value) => containerId.exec(textOf(value) ?? "")?.[1] ?? []);
}
