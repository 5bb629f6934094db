/** From what is known of a process to its group: the classifier's verdict, its parent's group, or none that is shown. */

import { unidentifiedGroup, type Classifier, type GroupLabels } from "../../classify/classifier.ts";
import type { FactName, ProcessFacts } from "../../classify/process-facts.ts";
import type { Missing } from "../attribution.ts";
import type { Container, Containers } from "./containers.ts";
import type { Group, GroupRegistry } from "./group-registry.ts";

/** Where a process belongs. Its group is made when it is asked for: a place may be thought better of. */
export interface GroupAssignment {
  /** Undefined where the process is not shown, and where something is missing. */
  readonly ruleLabels: GroupLabels | undefined;
  readonly container: Container | undefined;
  readonly missing: Missing | undefined;
  /** The group has its parent's name, since no rule matches. */
  readonly inherited: boolean;
  /** The rule that decided, from 0; undefined where none did, or there are none. */
  readonly rule: number | undefined;
}

export interface GroupResolver {
  /**
   * Finds a process's place.
   *
   * @param identity undefined where not even the command is known
   * @param findParent finds the parent's group, where it matters; undefined where that is not known
   */
  assignment(facts: ProcessFacts | undefined, findParent: () => Group | undefined): GroupAssignment;
  /** The group of a place; where something is missing, that of the unidentified. */
  groupOf(assignment: GroupAssignment): Group;
  /**
   * Whether a child that started a program is where its parent is: one of a container is, but a runtime of containers puts
   * its own elsewhere.
   */
  isSharedByChildren(cgroups: readonly string[]): boolean;
  /** What is to be read of processes: what the classifier asks for, and their control groups where those tell their containers. */
  readonly needs: ReadonlySet<FactName>;
  readonly classifier: Classifier;
  /** Goes on by another classifier. */
  configure(classifier: Classifier): void;
}

export interface GroupResolverOptions {
  readonly groups: GroupRegistry;
  readonly classifier: Classifier;
  /** Undefined where containers have no names. */
  readonly containers: Containers | undefined;
  /** A process that no rule matches joins its parent's group. */
  readonly children: boolean;
}

const unidentifiedLabels: GroupLabels = { groupname: unidentifiedGroup };

export function createGroupResolver(options: GroupResolverOptions): GroupResolver {
  const { groups, containers, children } = options;
  let { classifier } = options;
  const needsOf = ({ needs }: Classifier): ReadonlySet<FactName> =>
    containers === undefined ? needs : new Set<FactName>([...needs, "cgroups"]);
  let needs = needsOf(classifier);

  const containerOf = (facts: ProcessFacts | undefined): Container | undefined =>
    facts?.cgroups === undefined ? undefined : containers?.find(facts.cgroups);

  /** The place by a rule's labels, in the process's container. */
  function locate(ruleLabels: GroupLabels, facts: ProcessFacts, rule: number | undefined): GroupAssignment {
    const missing = containers !== undefined && facts.cgroups === undefined ? "cgroups" : undefined;
    return { ruleLabels, container: containerOf(facts), missing, inherited: false, rule };
  }

  const without = (missing: Missing, facts: ProcessFacts | undefined, rule: number | undefined): GroupAssignment => ({
    ruleLabels: undefined,
    container: containerOf(facts),
    missing,
    inherited: false,
    rule,
  });

  const hide = (rule: number | undefined, inherited: boolean): GroupAssignment => ({
    ruleLabels: undefined,
    container: undefined,
    missing: undefined,
    inherited,
    rule,
  });

  /** A child may be in another container than its parent, but has its name. */
  function inherit(facts: ProcessFacts, findParent: () => Group | undefined): GroupAssignment {
    if (!children) return hide(undefined, false);
    const group = findParent();
    if (group === undefined) return without("parent", facts, undefined);
    if (group === groups.hidden) return hide(undefined, true);
    const assignment = locate(group.ruleLabels, facts, undefined);
    return assignment.missing === undefined ? { ...assignment, inherited: true } : assignment;
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
    assignment(facts, findParent) {
      if (facts === undefined || facts.comm === "") return without("comm", facts, undefined);
      const classification = classifier.classify(facts);
      if (classification.kind === "group") return locate(classification.labels, facts, classification.rule);
      if (classification.kind === "undecided") return without(classification.missing, facts, classification.rule);
      return classification.kind === "ignored" ? hide(classification.rule, false) : inherit(facts, findParent);
    },
  };
}
