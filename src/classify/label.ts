/** Which names and values a label may have on the page. */

/** The label of a group's name. process-exporter uses the same one, so that series of both exporters can be joined. */
export const groupnameLabel = "groupname";

/** Labels that the metrics of a group have already. */
export const metricLabels = [groupnameLabel, "kind", "mode", "reason", "code", "le"] as const;

const taken: ReadonlySet<string> = new Set(metricLabels);

/** Says what name is wanted instead; undefined where the name of a free label is allowed. */
export function faultOfLabelName(name: string): string | undefined {
  if (taken.has(name)) return `another name than ${[...taken].join(", ")}, which metrics have of their own`;
  if (name.startsWith("__")) return "a name without __ at its beginning, which Prometheus keeps for itself";
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return "a label's name: letters, digits and _, no digit at its beginning";
  return undefined;
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
