/** Which names and values a label may have on the page. */

/** The label of a group's name. process-exporter uses the same one, so that series of both exporters can be joined. */
export const groupnameLabel = "groupname";

/** Labels that the exporter itself sets. A configuration file must not use them. */
export const ownLabels = [
  ...[groupnameLabel, "kind", "mode", "reason", "code", "state", "threadname", "le"],
  ...["namespace", "pod", "container", "by"],
  // Those of process-exporter's names.
  ...["memtype", "ctxswitchtype", "iomode"],
] as const;

/** Labels that the exporter sets where `kubernetes.workload` is on, and a configuration file must not use then. */
export const workloadLabels = ["workload", "workload_type"] as const;

/**
 * Labels that Prometheus gives to each target. With `honor_labels` the exporter's labels would replace them, so that series of
 * several hosts would become one. Without it they would appear as `exported_job` and `exported_instance`.
 */
export const targetLabels = ["job", "instance"] as const;

/** Names that begin with two underscores are reserved by Prometheus. */
export const labelNameForm = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

const isOneOf = (labels: readonly string[], name: string): boolean => labels.includes(name);

/** Says what name is wanted instead; undefined where the name of a free label is allowed. */
export function faultOfLabelName(name: string): string | undefined {
  if (!labelNameForm.test(name)) return "a label name: letters, digits and _, without a digit or __ at its beginning";
  if (isOneOf(ownLabels, name)) return `a label name that the exporter does not use itself (${ownLabels.join(", ")})`;
  return isOneOf(targetLabels, name)
    ? `a label name that Prometheus does not give to targets itself (${targetLabels.join(", ")})`
    : undefined;
}

/**
 * Makes a text a valid value of a label: cuts it to `maxLength` characters and replaces lone surrogates, since users choose the
 * names of their processes. A character of two surrogates is not split.
 */
export function formLabelValue(text: string, maxLength: number): string {
  // A character has at most two code units.
  const cut =
    text.length <= maxLength
      ? text
      : Array.from(text.slice(0, 2 * maxLength))
          .slice(0, maxLength)
          .join("");
  return cut.replace(/\p{Surrogate}/gu, "\uFFFD");
}
