/** From what is known of a process to its group: the classifier's verdict, its parent's group, or none that is shown. */

import { unidentifiedGroup, type Classifier, type GroupLabels } from "../../classify/classifier.ts";
import type { Fact, Identity } from "../../classify/identity.ts";
import type { Missing } from "../attribution.ts";
import type { Container, Containers } from "./containers.ts";
import type { Group, Groups } from "./groups.ts";

export interface Place {
  /** Undefined where something is missing. Made when it is asked for: a place may be thought better of. */
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
  /** The group of a process for which something is missing. */
  groupUnidentified(identity: Identity | undefined): Group;
  /** What is to be read of processes: what the classifier asks for, and their control groups where those tell their containers. */
  readonly needs: ReadonlySet<Fact>;
  readonly classifier: Classifier;
  /** Goes on by another classifier. */
  configure(classifier: Classifier): void;
}

export interface PlacementOptions {
  readonly groups: Groups;
  readonly classifier: Classifier;
  /** Undefined where containers have no names. */
  readonly containers: Containers | undefined;
  /** A process that no rule matches joins its parent's group. */
  readonly children: boolean;
}

const unidentifiedLabels: GroupLabels = { groupname: unidentifiedGroup };

type Finding = Pick<Place, "rule" | "inherited">;

function placeIn(find: () => Group, { rule, inherited }: Finding): Place {
  let group: Group | undefined;
  return {
    get group() {
      return (group ??= find());
    },
    missing: undefined,
    inherited,
    rule,
  };
}

const without = (missing: Missing, rule: number | undefined): Place => ({
  group: undefined,
  missing,
  inherited: false,
  rule,
});

export function createPlacement(options: PlacementOptions): Placement {
  const { groups, containers, children } = options;
  let { classifier } = options;
  const needsOf = ({ needs }: Classifier): ReadonlySet<Fact> =>
    containers === undefined ? needs : new Set<Fact>([...needs, "cgroups"]);
  let needs = needsOf(classifier);

  const containerOf = (identity: Identity | undefined): Container | undefined =>
    identity?.cgroups === undefined ? undefined : containers?.find(identity.cgroups);

  /** The group of a rule's labels, in the process's container. */
  function locate(ruleLabels: GroupLabels, identity: Identity, found: Finding): Place {
    if (containers !== undefined && identity.cgroups === undefined) return without("cgroups", found.rule);
    return placeIn(() => groups.get(ruleLabels, containerOf(identity)), found);
  }

  /** A child may be in another container than its parent, but has its name. */
  function inherit(identity: Identity, findParent: () => Group | undefined): Place {
    if (!children) return placeIn(() => groups.hidden, { rule: undefined, inherited: false });
    const group = findParent();
    if (group === undefined) return without("parent", undefined);
    const found = { rule: undefined, inherited: true };
    return group === groups.hidden ? placeIn(() => group, found) : locate(group.ruleLabels, identity, found);
  }

  return {
    groupUnidentified: (identity) => groups.get(unidentifiedLabels, containerOf(identity)),
    get needs() {
      return needs;
    },
    get classifier() {
      return classifier;
    },
    configure(next) {
      classifier = next;
      needs = needsOf(next);
    },
    place(identity, findParent) {
      if (identity === undefined || identity.comm === "") return without("comm", undefined);
      const verdict = classifier.classify(identity);
      if (verdict.kind === "unmatched") return inherit(identity, findParent);
      if (verdict.kind === "undecided") return without(verdict.missing, verdict.rule);
      const found = { rule: verdict.rule, inherited: false };
      return verdict.kind === "ignored" ? placeIn(() => groups.hidden, found) : locate(verdict.labels, identity, found);
    },
  };
}
