/** What a label may be called that a configuration adds to series. */

import * as v from "valibot";

import { metricLabels } from "../classify/label.ts";

/** Labels that the exporter sets itself, so that no rule may. */
export const ownLabels = [...metricLabels, "namespace", "pod", "container", "by"] as const;

/**
 * Labels that Prometheus gives each target. With `honor_labels` a series' own would replace them: series of several hosts
 * would then be one. Without it they would be called `exported_job` and `exported_instance`.
 */
export const targetLabels = ["job", "instance"] as const;

const isNoneOf = (labels: readonly string[]) => (name: string) => !labels.includes(name);

/** Prometheus keeps what begins with two underscores for itself. */
export const labelName = v.pipe(
  v.string("a label name"),
  v.regex(
    /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
    "a label name: letters, digits and _, without a digit or __ at its beginning",
  ),
  v.check(isNoneOf(ownLabels), `a label name that the exporter does not use itself (${ownLabels.join(", ")})`),
  v.check(
    isNoneOf(targetLabels),
    `a label name that Prometheus does not give to targets itself (${targetLabels.join(", ")})`,
  ),
);
