/** All that decides to which group a process belongs, put together; and its change by another configuration. */

import { createHistogramPlan, type HistogramPlan } from "../../account/histogram-plan.ts";
import type { FactName, ProcessFacts } from "../../classify/process-facts.ts";
import type { Clock } from "../../base/clock.ts";
import type { PodWatch } from "../../kubernetes/watch.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { CommandLines } from "../../procfs/command-lines.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Counters } from "../counters.ts";
import type { Poller } from "../polls/poller.ts";
import type { Revisit, ProcessSnapshot, WatchExecs } from "../../execs/exec-watcher.ts";
import { createPodContainers, type Container } from "./containers.ts";
import { createExecHistory, type ExecHistory } from "../../execs/exec-history.ts";
import { createGroupRegistry, type Group, type GroupOptions, type GroupRegistry } from "./group-registry.ts";
import { needsExecs, type GroupingRules } from "./grouping-rules.ts";
import { createFactReader, type FactReader } from "./fact-reader.ts";
import { haveChanged } from "../../execs/kept-arguments.ts";
import { createGroupResolver, type GroupResolver } from "./group-resolver.ts";
import type { Process } from "./process.ts";
import { createReclassifier } from "./reclassifier.ts";
import { createTracker, type Tracker } from "./tracker.ts";
import { inSlices } from "../slices.ts";

export interface ProcessGroupingOptions {
  readonly proc: ProcReader;
  readonly commandLines: CommandLines;
  readonly users: UserNames;
  readonly counters: Counters;
  readonly groupingRules: GroupingRules;
  /** A process that no rule matches joins its parent's group. */
  readonly children: boolean;
  readonly kernelThreads: boolean;
  readonly exitsUp: () => boolean;
  readonly bootTime: BootTime;
  /** Asked only where rules need it. */
  readonly watchExecs: WatchExecs;
  readonly clock: Clock;
  /** Where names of containers come from; undefined where series do not name them. */
  readonly pods: PodWatch | undefined;
  /** Told where that cannot be. */
  readonly onWatcherFailed: (error: unknown) => void;
  /** Bills processes that are about to leave their group, and tells which ran. */
  readonly poller: Pick<Poller, "billUpToNow" | "billFormers" | "findRan">;
  readonly yieldToEventLoop: () => Promise<void>;
}

export interface ProcessGrouping {
  readonly groups: GroupRegistry;
  readonly tracker: Tracker;
  readonly execHistory: ExecHistory;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  /** What the groups' histograms are of. */
  readonly histograms: HistogramPlan;
  /** Whether programs are watched as they are started; undefined where no rule needs it. */
  readonly execWatcherUp: boolean | undefined;
  /** Whether the watcher comes too late for some programs, for want of a capability. */
  readonly execWatcherLate: boolean;
  /** Live processes of which something that rules need cannot be read, by the reason; empty where none is needed. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Begins to watch programs being started, where rules need it. */
  start(): Promise<void>;
  /** Waits a moment for names of users that are still asked for, and classifies their processes by them. */
  nameUsers(): Promise<void>;
  /** Moves processes that have changed while they live to the groups where they belong now. @throws ExporterError as `Poller` */
  followChanges(): Promise<void>;
  /** Labels the groups of containers whose names have come. */
  nameContainers(nowUs: number): void;
  /** Lets groups leave that have had neither a process nor an end for long, and fills the room with what was in `other`. */
  expireGroups(nowUs: number): void;
  /** Looks at all processes again where the watcher has missed programs. */
  mendLoss(): Promise<void>;
  /** Classifies all processes by another configuration. What was billed stays where it is. */
  configure(groupingRules: GroupingRules): Promise<void>;
}

/** Whether a group's series show what the container is called now. */
function carries({ labels }: Group, container: Container): boolean {
  return Object.entries(container.labels ?? {}).every(([name, value]) => labels[name] === value);
}

/** Processes that are classified between two turns of the event loop: about five milliseconds. */
const sliceSize = 256;

function groupOptions({ classifier, histograms, ...limits }: GroupingRules): GroupOptions {
  return { ...limits, declared: classifier.declared, histograms: createHistogramPlan(histograms) };
}

export function createProcessGrouping(options: ProcessGroupingOptions): ProcessGrouping {
  const { proc, commandLines, users, counters, children, kernelThreads, exitsUp, bootTime, clock, pods } = options;
  const { watchExecs, onWatcherFailed, poller, yieldToEventLoop } = options;
  const containers = pods && createPodContainers(pods, clock);
  let current = groupOptions(options.groupingRules);
  const groups = createGroupRegistry(current);
  const groupResolver = createGroupResolver({
    groups,
    containers,
    classifier: options.groupingRules.classifier,
    children,
  });
  const factReader = createFactReader({ proc, commandLines, users, needs: () => groupResolver.needs, bootTime });
  const tracker = createTracker({ proc, groups, factReader, groupResolver, kernelThreads, exitsUp });
  const execHistory = createExecHistory({ onExec, onLook, counters });

  const reclassifier = createReclassifier({
    ...{ proc, factReader, groupResolver, tracker, bootTime, users, poller, yieldToEventLoop },
  });

  /**
   * A process that /proc still shows is taken as it is now: it may have gone on to a third program. Of one that ended before
   * the watcher saw it, its control groups are known from before: an exec is no move.
   */
  function readAfterExec(snapshot: ProcessSnapshot, previous: ProcessFacts): ProcessFacts {
    const stat = proc.readStat(snapshot.tgid);
    const live = stat === undefined || stat.exiting ? undefined : factReader.read(snapshot.tgid, stat);
    if (live !== undefined && factReader.isWhole(live)) return live;
    const seen = factReader.ofSnapshot(snapshot);
    return seen.cgroups === undefined ? { ...seen, cgroups: previous.cgroups } : seen;
  }

  /** The id is another process's by now, and the end of this one is still to come; or was another's. */
  function isOther({ startTicks }: Process, snapshot: ProcessSnapshot): boolean {
    return startTicks !== undefined && snapshot.startTicks !== undefined && startTicks !== snapshot.startTicks;
  }

  function onExec(snapshot: ProcessSnapshot): boolean {
    if (snapshot.ppid !== undefined) tracker.noteChild(snapshot.ppid, snapshot.cgroups);
    const process = tracker.processes.get(snapshot.tgid);
    if (process?.facts === undefined || isOther(process, snapshot)) return false;
    const facts = readAfterExec(snapshot, process.facts);
    poller.billUpToNow(process);
    if (!process.ended) tracker.regroup(process, facts, snapshot.ppid);
    return true;
  }

  /** A forked process that is tracked already may have given itself a title since it was found. */
  function onLook({ snapshot, ranUs }: Revisit): void {
    const process = tracker.processes.get(snapshot.tgid);
    if (ranUs === undefined || process?.facts === undefined || isOther(process, snapshot)) return;
    const { argv = [], comm } = snapshot;
    const { kept, facts } = process;
    // It is writing its title just now, and is looked at again.
    if ((argv[0] ?? "").trim() === "" || !haveChanged(kept, facts.argv, argv)) return;
    poller.billUpToNow(process);
    if (!process.ended) tracker.regroup(process, { ...facts, argv, comm }, snapshot.ppid);
  }

  const onSeen = (): void => execHistory.note();

  /** What the watcher reads of processes. */
  let watched: ReadonlySet<FactName> = new Set();

  /** It watched, and is to watch again. */
  let watcherLost = false;

  function onBroken(error: unknown): void {
    watcherLost ||= execHistory.watching;
    execHistory.close();
    onWatcherFailed(error);
  }

  async function watch(): Promise<void> {
    const facts = needsExecs(groupResolver.needs) ? groupResolver.needs : new Set<FactName>();
    const isSame = facts.size === watched.size && [...facts].every((fact) => watched.has(fact));
    if (isSame && (execHistory.watching || facts.size === 0)) return;
    watched = facts;
    try {
      await execHistory.configure(facts.size === 0 ? undefined : await watchExecs({ facts, onSeen, onBroken }));
    } catch (error) {
      onBroken(error);
    }
  }

  /** Names are read before the first process is classified by them, and again where the operator asks for it by a reload. */
  async function refreshUsers(): Promise<void> {
    if (!groupResolver.needs.has("user") && !groupResolver.needs.has("effectiveUser")) return;
    users.refresh({ thorough: true });
    await users.settled();
  }

  async function forAll(work: (process: Process) => void): Promise<void> {
    const all = [...tracker.processes.values()];
    const begin = (slice: readonly Process[]): void => factReader.readAhead(slice.map(({ tgid }) => tgid));
    await inSlices(all, { size: sliceSize, begin, yieldToEventLoop }, work);
  }

  /** What has been billed stays where it is; what follows goes to the container, whose name came late. */
  function moveProcesses(containersNamed: ReadonlySet<Container>): void {
    for (const process of tracker.processes.values()) {
      const { cgroups } = process.facts ?? {};
      const container = cgroups && containers?.find(cgroups);
      if (container === undefined || !containersNamed.has(container) || carries(process.group, container)) continue;
      poller.billUpToNow(process);
      if (!process.ended) tracker.regroupByProc(process);
    }
  }

  function nameContainers(nowUs: number): void {
    if (containers === undefined) return;
    const { named, moved } = containers.settle(nowUs);
    named.forEach(groups.rename);
    // At the limit a process without a name went to the group of the overflow, though the group of its name may exist.
    const displaced = groups.overflowed > 0 ? named.filter(({ labels }) => labels !== undefined) : [];
    if (moved.size + displaced.length > 0) moveProcesses(new Set([...moved, ...displaced]));
  }

  /** Live processes that were put into `other` get groups of their own where others have given way since. */
  function moveOutOfOverflow(): void {
    for (const process of tracker.processes.values()) {
      if (!groups.isOverflow(process.group)) continue;
      if (!groups.hasRoom()) return;
      poller.billUpToNow(process);
      if (!process.ended) tracker.regroupByProc(process);
    }
  }

  function expireGroups(nowUs: number): void {
    groups.expire(nowUs, containers?.isGone);
    containers?.expire(groups.awaited, nowUs);
    if (groups.overflowed > 0) moveOutOfOverflow();
  }

  function countUnreadable(): ReadonlyMap<string, number> {
    if (!groupResolver.needs.has("argv")) return new Map();
    const blocked = [...tracker.processes.keys()].filter(factReader.isBlocked);
    return new Map([["cmdline_blocked", blocked.length]]);
  }

  return {
    groups,
    tracker,
    execHistory,
    factReader,
    groupResolver,
    get histograms() {
      return current.histograms;
    },
    get execWatcherUp() {
      return needsExecs(groupResolver.needs) ? execHistory.watching : undefined;
    },
    get execWatcherLate() {
      return execHistory.late;
    },
    get unreadable() {
      return countUnreadable();
    },
    async start() {
      await refreshUsers();
      await watch();
    },
    async nameUsers() {
      if (!users.asking) return;
      await users.settled();
      await reclassifier.follow();
    },
    nameContainers,
    followChanges: reclassifier.follow,
    expireGroups,
    async mendLoss() {
      const wasLost = watcherLost;
      if (wasLost) await watch();
      watcherLost &&= !execHistory.watching;
      if (execHistory.takeLost() > 0 || (wasLost && execHistory.watching)) await forAll(tracker.regroupByProc);
    },
    async configure(groupingRules) {
      current = groupOptions(groupingRules);
      groupResolver.configure(groupingRules.classifier);
      groups.configure(current);
      containers?.relabel();
      await refreshUsers();
      await watch();
      tracker.forgetAssignments();
      await forAll(tracker.regroupUnassigned);
    },
  };
}
