/** Puts together what decides to which group a process belongs, and applies another configuration to it. */

import { createHistogramPlan, type HistogramPlan } from "../../account/histogram-plan.ts";
import type { FactName } from "../../classify/process-facts.ts";
import type { Clock } from "../../base/clock.ts";
import type { PodWatch } from "../../kubernetes/watch.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { CommandLines } from "../../procfs/command-lines.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Counters } from "../counters.ts";
import type { Poller } from "../polls/poller.ts";
import type { WatchExecs } from "../../execs/exec-watcher.ts";
import { createPodContainers, type Container } from "./containers.ts";
import { createExecHistory, type ExecHistory } from "../../execs/exec-history.ts";
import { createExecFollower } from "./exec-follower.ts";
import { createGroupRegistry, type Group, type GroupOptions, type GroupRegistry } from "./group-registry.ts";
import { needsExecs, type GroupingRules } from "./grouping-rules.ts";
import { createFactReader, type FactReader } from "./fact-reader.ts";
import { createGroupResolver, type GroupResolver } from "./group-resolver.ts";
import type { Process } from "./process.ts";
import { createReclassifier } from "./reclassifier.ts";
import { createTracker, type Tracker } from "./tracker.ts";
import { inSlices } from "../../base/slices.ts";

export interface ProcessGroupingOptions {
  readonly proc: ProcReader;
  readonly commandLines: CommandLines;
  readonly users: UserNames;
  readonly counters: Counters;
  readonly groupingRules: GroupingRules;
  /** True where a process that no rule matches joins its parent's group. */
  readonly children: boolean;
  readonly kernelThreads: boolean;
  readonly exitsUp: () => boolean;
  readonly bootTime: BootTime;
  /** Starts the exec watcher. Called only where rules need it. */
  readonly watchExecs: WatchExecs;
  readonly clock: Clock;
  /** The source of container names; undefined where series do not name containers. */
  readonly pods: PodWatch | undefined;
  /** Called where the exec watcher cannot start, or breaks. */
  readonly onWatcherFailed: (error: unknown) => void;
  /** Bills processes before they leave their group, and finds those that have run. */
  readonly poller: Pick<Poller, "billUpToNow" | "billAllUpToNow" | "findRan">;
  readonly yieldToEventLoop: () => Promise<void>;
}

export interface ProcessGrouping {
  readonly groups: GroupRegistry;
  readonly tracker: Tracker;
  readonly execHistory: ExecHistory;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  /** Which histograms each group has. */
  readonly histograms: HistogramPlan;
  /** True while the exec watcher runs; undefined where no rule needs it. */
  readonly execWatcherUp: boolean | undefined;
  /** True where the exec watcher reads some programs too late, since the exporter lacks CAP_SYS_NICE. */
  readonly execWatcherLate: boolean;
  /**
   * By reason, how many live processes lack a fact that rules need because it cannot be read; empty where rules need none.
   */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Reads user names and starts the exec watcher, each where rules need it. */
  start(): Promise<void>;
  /** Waits a moment for user names that are still being looked up, and classifies the processes of these users. */
  nameUsers(): Promise<void>;
  /** Moves live processes whose facts have changed to the groups where they belong now. @throws ExporterError as `Poller` */
  followChanges(): Promise<void>;
  /** Gives the groups of containers their labels, once the names have come. */
  nameContainers(nowUs: number): void;
  /**
   * Takes groups off the page that have been idle for long, and gives processes in `other` groups of their own where there
   * is room now.
   */
  expireGroups(nowUs: number): void;
  /** Reads all processes again where the exec watcher has missed programs. */
  recoverFromLoss(): Promise<void>;
  /** Classifies all processes by other rules. What was billed stays where it is. */
  configure(groupingRules: GroupingRules): Promise<void>;
}

/** True where the group has the labels that the container has now. */
function hasLabelsOf({ labels }: Group, container: Container): boolean {
  return Object.entries(container.labels ?? {}).every(([name, value]) => labels[name] === value);
}

/** Processes that are classified in one slice, which takes about five milliseconds. */
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
  const { onExec, onRevisit } = createExecFollower({ proc, factReader, tracker, poller });
  const execHistory = createExecHistory({ onExec, onRevisit, counters });

  const reclassifier = createReclassifier({
    ...{ proc, factReader, groupResolver, tracker, bootTime, users, poller, yieldToEventLoop },
  });

  const onSeen = (): void => execHistory.note();

  /** The facts that the exec watcher reads. */
  let watched: ReadonlySet<FactName> = new Set();

  /** True after the exec watcher broke, until it runs again. */
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

  /** Reads user names. Called before the first process is classified by them, and at each reload. */
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

  /** Moves the processes of containers whose names came late. What was billed stays in the old groups. */
  function moveProcesses(containersNamed: ReadonlySet<Container>): void {
    for (const process of tracker.processes.values()) {
      const { cgroups } = process.facts ?? {};
      const container = cgroups && containers?.find(cgroups);
      if (container === undefined || !containersNamed.has(container) || hasLabelsOf(process.group, container)) continue;
      poller.billUpToNow(process);
      if (!process.ended) tracker.regroupByProc(process);
    }
  }

  function nameContainers(nowUs: number): void {
    if (containers === undefined) return;
    const { named, moved } = containers.settle(nowUs);
    named.forEach(groups.rename);
    // At the limit, a process of a container without a name went into `other`, though a group of the name may have existed.
    const displaced = groups.overflowed > 0 ? named.filter(({ labels }) => labels !== undefined) : [];
    if (moved.size + displaced.length > 0) moveProcesses(new Set([...moved, ...displaced]));
  }

  /** Gives live processes in `other` groups of their own, as long as there is room. */
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
    async recoverFromLoss() {
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
