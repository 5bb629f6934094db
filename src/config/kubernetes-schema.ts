/** What the configuration says of pods: which of their labels are shown, and for how long. */

import * as v from "valibot";

import { defaultConfig, type PodSettings } from "./config.ts";
import { labelName } from "./label-name.ts";
import { duration, mapping, section } from "./scalars.ts";

const want = "a label of a pod, such as app.kubernetes.io/name";

/** An optional prefix, which is a name in the domain name system, and a name of up to 63 characters. */
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

/** What a file without these keys decides is what counts without a file. */
export function choosePodSettings(section: v.InferOutput<typeof kubernetesSchema>): PodSettings {
  const { labels, endedRetentionMs } = defaultConfig.pods;
  return {
    labels: section.pod_labels == null ? labels : new Map(Object.entries(section.pod_labels)),
    endedRetentionMs: section.ended_pod_retention ?? endedRetentionMs,
  };
}
