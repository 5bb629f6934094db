/** What a classifier is: it finds the group of a process from the facts about it. It keeps no state. */

import type { FactName, ProcessFacts } from "./process-facts.ts";

/**
 * A group's labels: first `groupname`, then the other labels that are not empty, sorted by name. Processes with equal labels
 * share a group.
 */
export type GroupLabels = Readonly<Record<string, string>>;

/** The answer for one process. `rule` is the index of the rule that decided, from 0; undefined where no rules are configured. */
export type Classification =
  | { readonly kind: "group"; readonly labels: GroupLabels; readonly rule: number | undefined }
  /** A rule says that the process is not shown. */
  | { readonly kind: "ignored"; readonly rule: number }
  /** No rule matches the process. */
  | { readonly kind: "unmatched" }
  /** The rule needs a fact that nobody has seen. Neither this rule nor a later one can be decided. */
  | { readonly kind: "undecided"; readonly rule: number; readonly missing: FactName };

export interface Classifier {
  classify(facts: ProcessFacts): Classification;
  /** Groups that exist from the start and show zeros: a rule declares its group where no label of it holds an action. */
  readonly declared: readonly GroupLabels[];
  /** The facts that any rule or template asks for. Other facts need not be read. */
  readonly needs: ReadonlySet<FactName>;
  /** True where a label shows the id of the process: processes of which all else is the same may be in different groups. */
  readonly individual: boolean;
}

/** Name of the group of processes that exited before anybody saw the facts that a rule needs. */
export const unidentifiedGroup = "unidentified";

/** Name of the group of processes whose own group would exceed the limit of groups. */
export const overflowGroup = "other";

/** The classifier without a configuration file: one group for each command name. */
export const commandClassifier: Classifier = {
  classify: ({ comm }) => ({
    kind: "group",
    labels: { groupname: comm === "" ? unidentifiedGroup : comm },
    rule: undefined,
  }),
  declared: [],
  needs: new Set(),
  individual: false,
};
