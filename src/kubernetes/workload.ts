/**
 * Finds the workload of a pod: what a user has created and Kubernetes made the pod of. It is read from the pod's own metadata, so that no
 * permission is needed but the one to read pods. Pure.
 * Sources: OwnerReference v1 and Pod v1 of the Kubernetes API reference; pkg/controller/cronjob (the names of jobs).
 */

import { formLabelValue } from "../classify/label.ts";
import { elementsOf, fieldOf, textOf } from "./json.ts";

/** Labels of a workload, with the names that kube-prometheus gives them in `namespace_workload_pod`. */
export interface Workload {
  /** Its name in the namespace. */
  readonly workload: string;
  /** Its kind in lower case; `staticpod` and `barepod` where there is no other object than the pod. */
  readonly workload_type: string;
}

interface PodName {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
}

interface Owner {
  readonly kind: string;
  readonly name: string;
}

/** The longest name and the longest kind that the API allows. */
const maxNameLength = 253;
const maxKindLength = 63;

/** How long before its pod a job may have been due: a pod that failed is replaced, on another node and days later too. */
const mostDaysLate = 366;
const minutesPerDay = 1440;
/** How long after its pod's creation a job may be due: clocks of machines differ. */
const mostMinutesEarly = 60;

/**
 * Reads the workload of a pod. Of several owners the controller counts, of which the API allows one.
 *
 * @param metadata of the pod, of any shape
 * @returns undefined where the controller has no name or no kind, as no API server has it
 */
export function readWorkload(metadata: unknown, pod: PodName): Workload | undefined {
  const reference = elementsOf(fieldOf(metadata, "ownerReferences")).find(
    (owner) => fieldOf(owner, "controller") === true,
  );
  if (reference === undefined) return { workload: pod.name, workload_type: "barepod" };
  const [kind, name] = [textOf(fieldOf(reference, "kind")), textOf(fieldOf(reference, "name"))];
  if (kind === undefined || name === undefined) return undefined;
  const owner = { kind: formLabelValue(kind, maxKindLength), name: formLabelValue(name, maxNameLength) };
  return ofDeployment(owner, pod) ?? ofCronJob(owner, metadata) ?? ofNode(owner, pod) ?? named(owner);
}

const named = ({ kind, name }: Owner): Workload => ({ workload: name, workload_type: kind.toLowerCase() });

/** What is left of `text` without `ending`; undefined where it does not end so, or nothing is left. */
function without(text: string, ending: string): string | undefined {
  return text.endsWith(ending) && text.length > ending.length ? text.slice(0, -ending.length) : undefined;
}

/** A Deployment gives its ReplicaSets its own name and a hash, which is a label of their pods too. */
function ofDeployment({ kind, name }: Owner, { labels }: PodName): Workload | undefined {
  const hash = labels.get("pod-template-hash") ?? "";
  const deployment = kind === "ReplicaSet" && hash !== "" ? without(name, `-${hash}`) : undefined;
  return deployment === undefined ? undefined : { workload: deployment, workload_type: "deployment" };
}

/**
 * A CronJob gives its jobs its own name and the minute since 1970 at which they were due. Other jobs may end in a number too, so the
 * minute has to be one at which a job of this pod can have been due.
 */
function ofCronJob({ kind, name }: Owner, metadata: unknown): Workload | undefined {
  const [, cronJob, digits] = (kind === "Job" ? /^(.+)-(\d{8,9})$/s.exec(name) : null) ?? [];
  const createdMinute = Date.parse(textOf(fieldOf(metadata, "creationTimestamp")) ?? "") / 60_000;
  const late = createdMinute - Number(digits);
  if (cronJob === undefined || !(late >= -mostMinutesEarly && late <= mostDaysLate * minutesPerDay)) return undefined;
  return { workload: cronJob, workload_type: "cronjob" };
}

/** A kubelet adds the name of its node to that of a static pod. Without it, pods of the same manifest on several nodes are one workload. */
function ofNode({ kind, name }: Owner, pod: PodName): Workload | undefined {
  if (kind !== "Node") return undefined;
  return { workload: without(pod.name, `-${name}`) ?? pod.name, workload_type: "staticpod" };
}
