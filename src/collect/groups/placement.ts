/** From what is known of a process to its group: the classifier's verdict, its parent's group, or none that is shown. */

import { unidentifiedGroup, type Classifier, type GroupLabels } from "../../classify/classifier.ts";
import type { Identity } from "../../classify/identity.ts";
import type { Missing } from "../attribution.ts";
import type { Group, Groups } from "./groups.ts";

export interface Place {
  /** Undefined where something is missing. */
  readonly group: Group | undefined;
  readonly missing: Missing | undefined;
  /** The group is the parent's, since no rule matches. */
  readonly inherited: boolean;
  /** The rule that decided, from 0; undefined where none did, or there are none. */
  readonly rule: number | undefined;
}

export interface Placement {
  /**
   * Finds a process's group.
   *
   * @param identity undefined where not even the command is known
   * @param findParent finds the parent's group, where it matters; undefined where that is not known
   */
  place(identity: Identity | undefined, findParent: () => Group | undefined): Place;
  /** The group of those for which something is missing. */
  readonly unidentified: Group;
  readonly classifier: Classifier;
  /** Goes on by another classifier. */
  configure(classifier: Classifier): void;
}

export interface PlacementOptions {
  readonly groups: Groups;
  readonly classifier: Classifier;
  /** A process that no rule matches joins its parent's group. */
  readonly children: boolean;
}

const unidentifiedLabels: GroupLabels = { groupname: unidentifiedGroup };

export function createPlacement({ groups, classifier: initial, children }: PlacementOptions): Placement {
  let classifier = initial;
  const found = (group: Group, rule: number | undefined): Place => ({
    group,
    missing: undefined,
    inherited: false,
    rule,
  });
  const without = (missing: Missing, rule?: number): Place => ({ group: undefined, missing, inherited: false, rule });

  function inherit(findParent: () => Group | undefined): Place {
    if (!children) return found(groups.hidden, undefined);
    const group = findParent();
    return group === undefined ? without("parent") : { ...found(group, undefined), inherited: true };
  }

  return {
    get unidentified() {
      return groups.get(unidentifiedLabels);
    },
    get classifier() {
      return classifier;
    },
    configure(next) {
      classifier = next;
    },
    place(identity, findParent) {
      if (identity === undefined || identity.comm === "") return without("comm");
      const verdict = classifier.classify(identity);
      if (verdict.kind === "group") return found(groups.get(verdict.labels), verdict.rule);
      if (verdict.kind === "undecided") return without(verdict.missing, verdict.rule);
      return verdict.kind === "ignored" ? found(groups.hidden, verdict.rule) : inherit(findParent);
    },
  };
}
