/** Finds the assignment of a process: by a rule, by its parent's group, or to no group that is shown. */

import { unidentifiedGroup, type Classifier, type GroupLabels } from "../../classify/classifier.ts";
import { memoize } from "../../classify/memo.ts";
import { unknownFacts, type FactName, type ProcessFacts } from "../../classify/process-facts.ts";
import type { Missing } from "../attribution.ts";
import type { Container, Containers } from "./containers.ts";
import type { Group, GroupRegistry } from "./group-registry.ts";

/**
 * To which group a process belongs, and why. The group itself is created only by `groupOf`: an assignment may be dropped
 * before.
 */
export interface GroupAssignment {
  /** Undefined where the process is not shown, and where a fact is missing. */
  readonly ruleLabels: GroupLabels | undefined;
  readonly container: Container | undefined;
  /** The fact without which no group can be found; undefined where none is missing. */
  readonly missing: Missing | undefined;
  /** True where the group has the labels of the parent's group, since no rule matches. */
  readonly inherited: boolean;
  /** The index of the rule that decided, from 0; undefined where none did. */
  readonly rule: number | undefined;
}

export interface GroupResolver {
  /**
   * Finds the assignment of a process.
   *
   * @param facts undefined where not even the command is known
   * @param findParent finds the parent's group, or undefined where it is not known. Called only where no rule matches.
   */
  assignment(facts: ProcessFacts | undefined, findParent: () => Group | undefined): GroupAssignment;
  /**
   * The assignment of any process with this command name; undefined where more than the name decides. It is remembered, since the
   * processes that exit have few names.
   */
  assignmentOfCommand(comm: string): GroupAssignment | undefined;
  /** The group of an assignment; `unidentified` where a fact is missing. */
  groupOf(assignment: GroupAssignment): Group;
  /**
   * True where a child of a process with these control groups is in the same container. A container's processes stay in it,
   * but a process of the host may be a container runtime, which puts its children elsewhere.
   */
  isSharedByChildren(cgroups: readonly string[]): boolean;
  /** The facts to read of each process: what the classifier asks for, and control groups where series name containers. */
  readonly needs: ReadonlySet<FactName>;
  readonly classifier: Classifier;
  /** Replaces the classifier. */
  configure(classifier: Classifier): void;
}

export interface GroupResolverOptions {
  readonly groups: GroupRegistry;
  readonly classifier: Classifier;
  /** Undefined where series do not name containers. */
  readonly containers: Containers | undefined;
  /** True where a process that no rule matches joins its parent's group. */
  readonly children: boolean;
}

const unidentifiedLabels: GroupLabels = { groupname: unidentifiedGroup };

export function createGroupResolver(options: GroupResolverOptions): GroupResolver {
  const { groups, containers, children } = options;
  const { get: getGroup, hidden } = groups;
  let { classifier } = options;
  const needsOf = ({ needs }: Classifier): ReadonlySet<FactName> =>
    containers === undefined ? needs : new Set<FactName>([...needs, "cgroups"]);
  let needs = needsOf(classifier);
  let assignmentOfCommand = memoize(decideByCommand);

  const containerOf = (facts: ProcessFacts | undefined): Container | undefined =>
    facts?.cgroups === undefined ? undefined : containers?.find(facts.cgroups);

  /** The assignment to a rule's labels, in the container of the process. */
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

  /** The child gets the rule labels of its parent's group, but its own container, which may be another one. */
  function inherit(facts: ProcessFacts, findParent: () => Group | undefined): GroupAssignment {
    if (!children) return hide(undefined, false);
    const group = findParent();
    if (group === undefined) return without("parent", facts, undefined);
    if (group === hidden) return hide(undefined, true);
    const assignment = locate(group.ruleLabels, facts, undefined);
    return assignment.missing === undefined ? { ...assignment, inherited: true } : assignment;
  }

  function assignment(facts: ProcessFacts | undefined, findParent: () => Group | undefined): GroupAssignment {
    if (facts === undefined || facts.comm === "") return without("comm", facts, undefined);
    const classification = classifier.classify(facts);
    if (classification.kind === "group") return locate(classification.labels, facts, classification.rule);
    if (classification.kind === "undecided") return without(classification.missing, facts, classification.rule);
    return classification.kind === "ignored" ? hide(classification.rule, false) : inherit(facts, findParent);
  }

  function decideByCommand(comm: string): GroupAssignment | undefined {
    if (needs.size > 0 || classifier.individual) return undefined;
    const decided = assignment({ ...unknownFacts, comm }, () => undefined);
    return decided.missing === undefined ? decided : undefined;
  }

  return {
    assignment,
    assignmentOfCommand: (comm) => assignmentOfCommand(comm),
    groupOf({ ruleLabels, container, missing }) {
      if (missing !== undefined) return getGroup(unidentifiedLabels, container);
      return ruleLabels === undefined ? hidden : getGroup(ruleLabels, container);
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
      assignmentOfCommand = memoize(decideByCommand);
    },
  };
}
