/** To which group each tracked process belongs: puts processes into groups and moves them when they change. */

import { mergeAccount } from "../../account/account.ts";
import type { ProcessFacts } from "../../classify/process-facts.ts";
import { createArgumentStore } from "../../execs/kept-arguments.ts";
import type { TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { FactReader } from "./fact-reader.ts";
import type { Group, GroupRegistry } from "./group-registry.ts";
import type { GroupAssignment, GroupResolver } from "./group-resolver.ts";
import type { Process } from "./process.ts";

export interface Membership {
  /**
   * Puts a process into the group of its assignment. Figures that were billed to its provisional group move along.
   *
   * @param facts undefined where nobody saw its command
   */
  assign(process: Process, facts: ProcessFacts | undefined, assignment: GroupAssignment): void;
  /**
   * Finds the group of a process whose facts have changed. A process that has its parent's group keeps that group while no
   * rule matches.
   *
   * @param ppid read from /proc where it is undefined
   */
  regroup(process: Process, facts: ProcessFacts, ppid: number | undefined): void;
  /** Compares the control groups of a child with its parent's, to learn whether the parent moves its children. */
  noteChild(ppid: number, cgroups: readonly string[] | undefined): void;
  /** Does what `regroup` does, with the facts that /proc shows now. */
  regroupByProc(process: Process): void;
  /** Finds the group of a process anew after its parent, whose group it has, got another group. */
  regroupAfterParent(process: Process): void;
  /** Forgets all assignments, since the rules have changed. `regroupUnassigned` finds each again. */
  forgetAssignments(): void;
  /** Does what `regroupByProc` does, for a process that has no assignment. */
  regroupUnassigned(process: Process): void;
  /** The group of the process with that id; undefined where it is not known. */
  findGroup(tgid: number): Group | undefined;
}

/** For the tracker alone: the beginning and the end of a membership. */
export interface MembershipControl extends Membership {
  /** Counts a process that is tracked from now on as a live process of its group. */
  enter(process: Process): void;
  /** Counts a process that is tracked no longer out of its group. */
  leave(process: Process): void;
}

export interface MembershipOptions {
  readonly proc: Pick<ProcReader, "readStat">;
  readonly groups: GroupRegistry;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  /** The tracked processes. */
  readonly processes: ReadonlyMap<number, Process>;
  /** Tracks a process if /proc shows that it lives. A parent may have to be tracked before its child gets a group. */
  readonly adopt: (tgid: number) => void;
  /** True for a kernel thread that is left out. */
  readonly isIgnored: (tgid: number) => boolean;
}

/** The assignment of a process while its group is being looked for. */
const unresolved: GroupAssignment = {
  ruleLabels: undefined,
  container: undefined,
  missing: undefined,
  inherited: false,
  rule: undefined,
};

export function createMembership(options: MembershipOptions): MembershipControl {
  const { proc, groups, factReader, groupResolver, processes, adopt, isIgnored } = options;
  const { groupOf } = groupResolver;
  const argumentStore = createArgumentStore();

  /** A parent may be untracked when its child is found: after ids wrapped around, the child may have the lower id. */
  function findGroup(tgid: number): Group | undefined {
    if (tgid === 0 || isIgnored(tgid)) return groups.hidden;
    if (!processes.has(tgid)) adopt(tgid);
    const process = processes.get(tgid);
    if (process?.facts !== undefined) {
      regroupUnassigned(process);
      return process.group;
    }
    return isIgnored(tgid) ? groups.hidden : undefined;
  }

  /** Reads the parent again where it is gone: when it exited, the kernel gave its child another parent. */
  function findParentGroup(tgid: number, ppid: number | undefined): Group | undefined {
    const group = ppid === undefined ? undefined : findGroup(ppid);
    if (group !== undefined) return group;
    const latest = proc.readStat(tgid)?.ppid;
    return latest === undefined || latest === ppid ? undefined : findGroup(latest);
  }

  /** Moves the count of live processes along, if this one is counted: only tracked processes are. */
  function join(process: Process, group: Group): void {
    if (processes.get(process.tgid) === process) {
      process.group.account.processes--;
      group.account.processes++;
    }
    process.group = group;
  }

  function inheritGroup(process: Process, ppid: number | undefined): Group | undefined {
    const group = findParentGroup(process.tgid, ppid);
    process.inheritedFrom = group && ppid !== undefined ? { parent: ppid, group } : undefined;
    return group;
  }

  function assign(process: Process, facts: ProcessFacts | undefined, assignment: GroupAssignment): void {
    const provisional = process.facts === undefined && process.group !== groups.hidden ? process.group : undefined;
    process.facts = facts && argumentStore.keep(process.kept, facts);
    join(process, groupOf(assignment));
    process.assignment = assignment;
    if (!assignment.inherited) process.inheritedFrom = undefined;
    if (provisional !== undefined) mergeAccount(provisional.account, process.group.account);
  }

  function noteChild(ppid: number, cgroups: readonly string[] | undefined): void {
    if (cgroups === undefined) return;
    // The parent may have started just now, as a container runtime does before its first container.
    if (!processes.has(ppid)) adopt(ppid);
    const parent = processes.get(ppid);
    const own = parent?.facts?.cgroups;
    if (parent === undefined || own === undefined || parent.movesChildren) return;
    parent.movesChildren = own.length !== cgroups.length || own.some((path, index) => path !== cgroups[index]);
  }

  function regroup(process: Process, facts: ProcessFacts, ppid: number | undefined): void {
    if (ppid !== undefined) noteChild(ppid, facts.cgroups);
    const keep = process.assignment?.inherited === true ? process.group : undefined;
    if (keep === undefined) process.inheritedFrom = undefined;
    const assignment = groupResolver.assignment(facts, () => keep ?? inheritGroup(process, ppid));
    assign(process, facts, assignment);
  }

  function regroupUnassigned(process: Process): void {
    if (process.assignment === undefined && process.facts !== undefined && !process.ended) regroupByProc(process);
  }

  /** Reads the facts again. A command line that can no longer be read is taken to be what it was. */
  function readAgain({ tgid, facts: previous }: Process, stat: TaskStat): ProcessFacts {
    const facts = factReader.read(tgid, stat);
    const isLost = facts.argv === undefined && previous?.comm === facts.comm && factReader.isBlocked(tgid);
    return isLost ? { ...facts, argv: previous.argv } : facts;
  }

  function regroupByProc(process: Process): void {
    const stat = proc.readStat(process.tgid);
    // If the process is gone, its last record says what it was. If only this read failed, the next discovery reads it again.
    if (stat === undefined) return;
    // Set before the parent's group is looked for: if /proc shows a process as its own ancestor, the search still ends.
    process.assignment ??= unresolved;
    regroup(process, readAgain(process, stat), stat.ppid);
  }

  return {
    assign,
    regroup,
    noteChild,
    regroupByProc,
    regroupAfterParent(process) {
      const stat = proc.readStat(process.tgid);
      if (stat === undefined) return;
      process.assignment = unresolved;
      regroup(process, readAgain(process, stat), stat.ppid);
    },
    forgetAssignments() {
      for (const process of processes.values()) process.assignment = undefined;
    },
    regroupUnassigned,
    findGroup,
    enter(process) {
      process.group.account.processes++;
    },
    leave(process) {
      process.group.account.processes--;
      argumentStore.release(process.kept);
    },
  };
}
