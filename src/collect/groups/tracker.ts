/** Which processes exist, and to which group each belongs. It asks /proc, never the kernel's taskstats. */

import { mergeAccount } from "../../account/account.ts";
import type { ProcessFacts } from "../../classify/process-facts.ts";
import { isAsleep, type TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import { hasEnded, isEnding } from "./ending.ts";
import type { Group, GroupRegistry } from "./group-registry.ts";
import type { FactReader } from "./fact-reader.ts";
import { createArgumentStore } from "../../execs/kept-arguments.ts";
import type { GroupAssignment, GroupResolver } from "./group-resolver.ts";
import { createProcess, type Process } from "./process.ts";
import { inSlices } from "../slices.ts";

export interface Tracker {
  readonly processes: ReadonlyMap<number, Process>;
  /**
   * Adopts the processes that /proc shows and that are not tracked.
   *
   * @param options.breathe lets the event loop turn
   * @param options.thorough list /proc even where no task was started since the last time: a process may be gone unseen
   * @returns the tracked processes that /proc does not show. Those that have ended have sent their exit events by now.
   * @throws ExporterError PROC_UNREADABLE
   */
  discover(options: { readonly thorough: boolean; readonly yieldToEventLoop: () => Promise<void> }): Promise<Process[]>;
  /**
   * Compares tracked processes with /proc, after events were lost.
   *
   * @param breathe lets the event loop turn
   */
  verify(suspects: readonly Process[], yieldToEventLoop: () => Promise<void>): Promise<VerifiedProcesses>;
  /** Tracks a process that is known by an exit event of one of its threads alone, in a provisional group. */
  trackUnseen(tgid: number): Process;
  /**
   * Puts a process into the group that was found for it; what it was billed while provisional goes along.
   *
   * @param identity undefined where nobody saw its command
   */
  assign(process: Process, facts: ProcessFacts | undefined, assignment: GroupAssignment): void;
  /** Finds the group of a process that is another program now. @param ppid asked of /proc where it is not known */
  regroup(process: Process, facts: ProcessFacts, ppid: number | undefined): void;
  /** Compares the control groups of a process with its parent's. */
  noteChild(ppid: number, cgroups: readonly string[] | undefined): void;
  /** As `regroup`, by what /proc shows now. */
  regroupByProc(process: Process): void;
  /** As `regroupByProc`, for one that has its group from a parent whose group is another one now. */
  regroupHeir(process: Process): void;
  /** Forgets how groups were found, since rules have changed; `regroupUnassigned` finds them again. */
  forgetAssignments(): void;
  /** As `regroupByProc`, for a process whose group has not been found again yet. */
  regroupUnassigned(process: Process): void;
  /** The group of the process of that id; undefined where nobody knows it. */
  findGroup(tgid: number): Group | undefined;
  /** Tracks a process no more. */
  remove(process: Process): void;
  /** A process that was removed: ends of its children may have been put off. */
  findRecentlyExited(tgid: number): Process | undefined;
  /** Forgets those removed before the last but one call. */
  ageRecentlyExited(): void;
  /** True where a process's leader has ended and its other threads live. */
  outlivesLeader(tgid: number): boolean;
  /** True for a kernel thread that is left out. */
  isIgnored(tgid: number): boolean;
  /** Forgets a kernel thread that ended. */
  forgetIgnored(tgid: number): void;
}

/** What became of processes whose last event may have been lost. */
export interface VerifiedProcesses {
  /** Those that have ended, though /proc may still show them, and those whose id belongs to another process now. */
  readonly gone: readonly Process[];
  /** Those in the middle of their end: whether their event was sent cannot be seen yet. */
  readonly undecided: readonly Process[];
  /** Those that /proc does not show. */
  readonly absent: readonly Process[];
}

export interface TrackerOptions {
  readonly proc: ProcReader;
  readonly groups: GroupRegistry;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  readonly kernelThreads: boolean;
  /** Whether exit events arrive: then a process that is ending is not adopted, since its event bills it whole. */
  readonly exitsUp: () => boolean;
}

/** Processes whose files are read between two turns of the event loop: about five milliseconds. */
const sliceSize = 512;

/** Of a process whose group is being looked for. */
const unresolved: GroupAssignment = {
  ruleLabels: undefined,
  container: undefined,
  missing: undefined,
  inherited: false,
  rule: undefined,
};

export function createTracker(options: TrackerOptions): Tracker {
  const { proc, groups, factReader, groupResolver, kernelThreads, exitsUp } = options;
  const processes = new Map<number, Process>();
  const argumentStore = createArgumentStore();
  let recentlyExited = new Map<number, Process>();
  let olderExited = new Map<number, Process>();
  let ignored = new Set<number>();
  let lastPid: number | undefined;
  let settled = false;

  /** A parent that /proc shows is tracked now, if it is not yet: its child is looked at first where ids began anew. */
  function findGroup(tgid: number): Group | undefined {
    if (tgid === 0 || ignored.has(tgid)) return groups.hidden;
    if (!processes.has(tgid)) adopt(tgid);
    const process = processes.get(tgid);
    if (process?.facts !== undefined) {
      regroupUnassigned(process);
      return process.group;
    }
    return ignored.has(tgid) ? groups.hidden : undefined;
  }

  /** A parent that ended between two looks has left its child to another one. */
  function findParentGroup(tgid: number, ppid: number | undefined): Group | undefined {
    const group = ppid === undefined ? undefined : findGroup(ppid);
    if (group !== undefined) return group;
    const latest = proc.readStat(tgid)?.ppid;
    return latest === undefined || latest === ppid ? undefined : findGroup(latest);
  }

  /** Groups know how many live processes they have: tracked ones are counted, others only pass through. */
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
    join(process, groupResolver.groupOf(assignment));
    process.assignment = assignment;
    if (!assignment.inherited) process.inheritedFrom = undefined;
    if (provisional !== undefined) mergeAccount(provisional.account, process.group.account);
  }

  function noteChild(ppid: number, cgroups: readonly string[] | undefined): void {
    if (cgroups === undefined) return;
    // It may have been started just now: a runtime of containers, before its first one.
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

  /** Where a command line cannot be read any more, it is taken for what it was. */
  function readAnew({ tgid, facts: previous }: Process, stat: TaskStat): ProcessFacts {
    const facts = factReader.read(tgid, stat);
    const isLost = facts.argv === undefined && previous?.comm === facts.comm && factReader.isBlocked(tgid);
    return isLost ? { ...facts, argv: previous.argv } : facts;
  }

  function regroupByProc(process: Process): void {
    const stat = proc.readStat(process.tgid);
    // Where it is gone, its last record says what it was; where it is not, it is looked at again.
    if (stat === undefined) return;
    // Only of a file that lies can a process be its own ancestor.
    process.assignment ??= unresolved;
    regroup(process, readAnew(process, stat), stat.ppid);
  }

  /** While the last event is still to come, adopting it now counts nothing twice. */
  const isLeftToItsEvent = (tgid: number, stat: TaskStat): boolean =>
    exitsUp() ? isEnding(proc, tgid, stat) : hasEnded(stat);

  /** While it was read: what the watcher saw of it, or its parent, tells more than what is left of it. */
  function hasBegunToEnd(tgid: number, facts: ProcessFacts): boolean {
    if (factReader.isWhole(facts)) return false;
    const stat = proc.readStat(tgid);
    return stat === undefined || isLeftToItsEvent(tgid, stat);
  }

  function track(tgid: number, group: Group): Process {
    const process = createProcess(tgid, group);
    processes.set(tgid, process);
    group.account.processes++;
    return process;
  }

  function adopt(tgid: number): void {
    if (processes.get(tgid)?.startTicks !== undefined) return;
    const stat = proc.readStat(tgid);
    if (stat === undefined) {
      // It may live on: it is looked for again at the next occasion, though nothing was started meanwhile.
      settled = false;
      return;
    }
    if (stat.kernelThread && !kernelThreads) {
      ignored.add(tgid);
      return;
    }
    if (isLeftToItsEvent(tgid, stat)) return;
    const facts = factReader.read(tgid, stat);
    if (hasBegunToEnd(tgid, facts)) return;
    const process = processes.get(tgid) ?? track(tgid, groups.hidden);
    process.startTicks = stat.startTicks;
    process.asleep = isAsleep(stat);
    if (process.facts === undefined) regroup(process, facts, stat.ppid);
    process.threadCount = stat.threads;
    process.leaderEnded = stat.exiting;
  }

  /** An id is given out a moment before /proc shows its task: only the second listing under the same last id is complete. */
  function isStale(): boolean {
    const latest = proc.readLastPid();
    const same = latest !== undefined && latest === lastPid;
    const stale = !(same && settled);
    settled = same;
    lastPid = latest;
    return stale;
  }

  function judge(process: Process): keyof VerifiedProcesses | undefined {
    const { tgid, startTicks, leaderEnded } = process;
    const stat = proc.readStat(tgid);
    if (stat === undefined) return "absent";
    if (startTicks !== undefined && stat.startTicks !== startTicks) return "gone";
    if (hasEnded(stat)) return "gone";
    return stat.exiting && !leaderEnded ? "undecided" : undefined;
  }

  return {
    processes,
    async discover({ thorough, yieldToEventLoop }) {
      if (!isStale() && !thorough) return [];
      // Before the event loop turns: what an event brings in meanwhile may not be in the listing, and is not gone.
      const tracked = [...processes.values()];
      const present = await proc.listProcesses();
      const seen = new Set(present);
      ignored = new Set(present.filter((tgid) => ignored.has(tgid)));
      const missing = tracked.filter(({ tgid }) => !seen.has(tgid));
      const news = present.filter((tgid) => processes.get(tgid)?.startTicks === undefined && !ignored.has(tgid));
      await inSlices(news, { size: sliceSize, begin: factReader.readAhead, yieldToEventLoop }, adopt);
      return missing;
    },
    async verify(suspects, yieldToEventLoop) {
      const verified = { gone: [] as Process[], undecided: [] as Process[], absent: [] as Process[] };
      for (let from = 0; from < suspects.length; from += sliceSize) {
        for (const process of suspects.slice(from, from + sliceSize)) {
          const judgement = process.ended ? undefined : judge(process);
          if (judgement !== undefined) verified[judgement].push(process);
        }
        await yieldToEventLoop();
      }
      return verified;
    },
    trackUnseen: (tgid) => track(tgid, groups.createProvisional()),
    assign,
    regroup,
    noteChild,
    regroupByProc,
    regroupHeir(process) {
      const stat = proc.readStat(process.tgid);
      if (stat === undefined) return;
      process.assignment = unresolved;
      regroup(process, readAnew(process, stat), stat.ppid);
    },
    forgetAssignments() {
      for (const process of processes.values()) process.assignment = undefined;
    },
    regroupUnassigned,
    findGroup,
    remove(process) {
      process.ended = true;
      processes.delete(process.tgid);
      process.group.account.processes--;
      argumentStore.release(process.kept);
      factReader.forget(process.tgid);
      recentlyExited.set(process.tgid, process);
      // Its id may be given out again at once, and would still be the last.
      if (process.tgid === lastPid) settled = false;
    },
    findRecentlyExited: (tgid) => recentlyExited.get(tgid) ?? olderExited.get(tgid),
    ageRecentlyExited() {
      olderExited = recentlyExited;
      recentlyExited = new Map();
    },
    outlivesLeader: (tgid) => (proc.readStat(tgid)?.threads ?? 0) > 1,
    isIgnored: (tgid) => ignored.has(tgid),
    forgetIgnored: (tgid) => void ignored.delete(tgid),
  };
}
