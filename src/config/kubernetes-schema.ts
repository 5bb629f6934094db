/** The schema of the section `kubernetes`: which labels of pods are shown, whether their workloads are, and how long deleted pods stay on the page. */

import * as v from "valibot";

import { defaultConfig, type PodSettings } from "./config.ts";
import { labelName } from "./label-name.ts";
import { boolean, duration, mapping, section } from "./scalars.ts";

const want = "a label of a pod, such as app.kubernetes.io/name";

/** The name of a label in Kubernetes: an optional prefix, which is a DNS name, and a name of up to 63 characters. */
const podLabel = v.pipe(
  v.string(want),
  v.regex(/^(?:[a-z0-9](?:[-.a-z0-9]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?$/, want),
);

export const kubernetesSchema = section({
  pod_labels: v.nullish(
    v.pipe(
      mapping,
      v.record(labelName, podLabel),
      v.description("Labels of the series of a pod's containers: the pod's label by its name on the series."),
    ),
  ),
  workload: v.nullish(
    v.pipe(
      boolean,
      v.metadata({ default: false }),
      v.description(
        "Labels `workload` and `workload_type` of the series of a pod's containers: the name and kind of what the pod was made of, such as `web` and `deployment`.",
      ),
    ),
  ),
  ended_pod_retention: v.nullish(
    v.pipe(
      duration(1000, "1s"),
      v.metadata({ default: "5m" }),
      v.description(
        "How long the series of a pod that is gone stay on the page after the end of its last process; group_retention where that is shorter.",
      ),
    ),
  ),
});

/** The settings of pods. A key that the file does not have keeps its default. */
export function choosePodSettings(section: v.InferOutput<typeof kubernetesSchema>): PodSettings {
  const { labels, workload, endedRetentionMs } = defaultConfig.pods;
  return {
    labels: section.pod_labels == null ? labels : new Map(Object.entries(section.pod_labels)),
    workload: section.workload ?? workload,
    endedRetentionMs: section.ended_pod_retention ?? endedRetentionMs,
  };
}
