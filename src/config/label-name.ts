/** The schema of the names that a configuration file may give to labels. */

import * as v from "valibot";

import { metricLabels } from "../classify/label.ts";

/** Labels that the exporter itself sets. A configuration file must not use them. */
export const ownLabels = [...metricLabels, "namespace", "pod", "container", "by"] as const;

/**
 * Labels that Prometheus gives to each target. With `honor_labels` the exporter's labels would replace them, so that series of
 * several hosts would become one. Without it they would appear as `exported_job` and `exported_instance`.
 */
export const targetLabels = ["job", "instance"] as const;

const isNoneOf = (labels: readonly string[]) => (name: string) => !labels.includes(name);

/** Names that begin with two underscores are reserved by Prometheus. */
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
