/** From what is known of a process to its group: the classifier's verdict, its parent's group, or none that is shown. */

import { unidentifiedGroup, type Classifier, type GroupLabels } from "../../classify/classifier.ts";
import type { Fact, Identity } from "../../classify/identity.ts";
import type { Missing } from "../attribution.ts";
import type { Container, Containers } from "./containers.ts";
import type { Group, Groups } from "./groups.ts";

/** Where a process belongs. Its group is made when it is asked for: a place may be thought better of. */
export interface Place {
  /** Undefined where the process is not shown, and where something is missing. */
  readonly ruleLabels: GroupLabels | undefined;
  readonly container: Container | undefined;
  readonly missing: Missing | undefined;
  /** The group has its parent's name, since no rule matches. */
  readonly inherited: boolean;
  /** The rule that decided, from 0; undefined where none did, or there are none. */
  readonly rule: number | undefined;
}

export interface Placement {
  /**
   * Finds a process's place.
   *
   * @param identity undefined where not even the command is known
   * @param findParent finds the parent's group, where it matters; undefined where that is not known
   */
  place(identity: Identity | undefined, findParent: () => Group | undefined): Place;
  /** The group of a place; where something is missing, that of the unidentified. */
  groupOf(place: Place): Group;
  /**
   * Whether a child that started a program is where its parent is: one of a container is, but a runtime of containers puts
   * its own elsewhere.
   */
  isSharedByChildren(cgroups: readonly string[]): boolean;
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

export function createPlacement(options: PlacementOptions): Placement {
  const { groups, containers, children } = options;
  let { classifier } = options;
  const needsOf = ({ needs }: Classifier): ReadonlySet<Fact> =>
    containers === undefined ? needs : new Set<Fact>([...needs, "cgroups"]);
  let needs = needsOf(classifier);

  const containerOf = (identity: Identity | undefined): Container | undefined =>
    identity?.cgroups === undefined ? undefined : containers?.find(identity.cgroups);

  /** The place by a rule's labels, in the process's container. */
  function locate(ruleLabels: GroupLabels, identity: Identity, rule: number | undefined): Place {
    const missing = containers !== undefined && identity.cgroups === undefined ? "cgroups" : undefined;
    return { ruleLabels, container: containerOf(identity), missing, inherited: false, rule };
  }

  const without = (missing: Missing, identity: Identity | undefined, rule: number | undefined): Place => ({
    ruleLabels: undefined,
    container: containerOf(identity),
    missing,
    inherited: false,
    rule,
  });

  const hide = (rule: number | undefined, inherited: boolean): Place => ({
    ruleLabels: undefined,
    container: undefined,
    missing: undefined,
    inherited,
    rule,
  });

  /** A child may be in another container than its parent, but has its name. */
  function inherit(identity: Identity, findParent: () => Group | undefined): Place {
    if (!children) return hide(undefined, false);
    const group = findParent();
    if (group === undefined) return without("parent", identity, undefined);
    if (group === groups.hidden) return hide(undefined, true);
    const place = locate(group.ruleLabels, identity, undefined);
    return place.missing === undefined ? { ...place, inherited: true } : place;
  }

  return {
    groupOf({ ruleLabels, container, missing }) {
      if (missing !== undefined) return groups.get(unidentifiedLabels, container);
      return ruleLabels === undefined ? groups.hidden : groups.get(ruleLabels, container);
    },
    isSharedByChildren: (cgroups) => containers === undefined || containers.find(cgroups) !== undefined,
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
      if (identity === undefined || identity.comm === "") return without("comm", identity, undefined);
      const verdict = classifier.classify(identity);
      if (verdict.kind === "group") return locate(verdict.labels, identity, verdict.rule);
      if (verdict.kind === "undecided") return without(verdict.missing, identity, verdict.rule);
      return verdict.kind === "ignored" ? hide(verdict.rule, false) : inherit(identity, findParent);
    },
  };
}
