/** What a label may be called that a configuration adds to series. */

import * as v from "valibot";

/** Labels that the exporter sets itself, so that no rule may. */
export const ownLabels = [
  "groupname",
  "kind",
  "mode",
  "reason",
  "code",
  "le",
  "namespace",
  "pod",
  "container",
  "by",
] as const;

/** Prometheus keeps what begins with two underscores for itself. */
export const labelName = v.pipe(
  v.string("a label name"),
  v.regex(
    /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/,
    "a label name: letters, digits and _, without a digit or __ at its beginning",
  ),
  v.check(
    (name) => !ownLabels.some((own) => own === name),
    `a label name that the exporter does not use itself (${ownLabels.join(", ")})`,
  ),
);
