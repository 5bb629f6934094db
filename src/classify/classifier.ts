/** To which group a process belongs, as far as what is known of it decides. First match wins, no state. */

import type { FactName, ProcessFacts } from "./process-facts.ts";

/**
 * A group's labels: `groupname`, then those that are not empty, sorted by name. Two processes with equal labels share a group.
 */
export type GroupLabels = Readonly<Record<string, string>>;

/** The outcome for one process. `rule` is an index into the rules, from 0; undefined where there are none. */
export type Classification =
  | { readonly kind: "group"; readonly labels: GroupLabels; readonly rule: number | undefined }
  /** A rule says that it is not to be shown. */
  | { readonly kind: "ignored"; readonly rule: number }
  /** No rule matches. */
  | { readonly kind: "unmatched" }
  /** The rule needs what nobody has seen, so that neither it nor those after it can be decided. */
  | { readonly kind: "undecided"; readonly rule: number; readonly missing: FactName };

export interface Classifier {
  classify(facts: ProcessFacts): Classification;
  /** Groups that exist from the start, with zeros: those of rules whose labels hold no template. */
  readonly declared: readonly GroupLabels[];
  /** What any rule or template asks for: what is not in it need not be read. */
  readonly needs: ReadonlySet<FactName>;
}

/** The group of processes that ended before anybody saw what a rule needs. */
export const unidentifiedGroup = "unidentified";

/** The group of processes that are beyond the limit of groups. */
export const overflowGroup = "other";

/** Without configuration: a group per command name. */
export const commandClassifier: Classifier = {
  classify: ({ comm }) => ({
    kind: "group",
    labels: { groupname: comm === "" ? unidentifiedGroup : comm },
    rule: undefined,
  }),
  declared: [],
  needs: new Set(),
};
