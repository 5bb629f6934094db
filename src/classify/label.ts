/** Names and values of labels, as an exposition may hold them. */

/** The label of a group's name: process-exporter's word, so that both exporters' series can be joined. */
export const groupnameLabel = "groupname";

/** Labels that metrics of a group have of their own. */
export const metricLabels = [groupnameLabel, "kind", "mode", "reason", "code", "le"] as const;

const taken: ReadonlySet<string> = new Set(metricLabels);

/** What a free label must be called; undefined where its name is good. */
export function faultOfLabelName(name: string): string | undefined {
  if (taken.has(name)) return `another name than ${[...taken].join(", ")}, which metrics have of their own`;
  if (name.startsWith("__")) return "a name without __ at its beginning, which Prometheus keeps for itself";
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)) return "a label's name: letters, digits and _, no digit at its beginning";
  return undefined;
}

/**
 * Fits a value into a label: at most so many characters, and well-formed, since process names are bytes of anybody's
 * choice. A character of two surrogates is not split.
 */
export function formLabelValue(text: string, maxLength: number): string {
  // Twice as many code units hold all the characters that stay.
  const cut =
    text.length <= maxLength
      ? text
      : Array.from(text.slice(0, 2 * maxLength))
          .slice(0, maxLength)
          .join("");
  return cut.replace(/\p{Surrogate}/gu, "\uFFFD");
}
