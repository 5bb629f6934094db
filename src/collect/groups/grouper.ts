/** All that decides to which group a process belongs, put together; and its change by another configuration. */

import { createHistogramPlan, type HistogramPlan } from "../../account/histogram-plan.ts";
import type { Fact, Identity } from "../../classify/identity.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { CommandLines } from "../../procfs/command-lines.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Counters } from "../counters.ts";
import type { Look, Sighting, WatchExecs } from "./exec-watcher.ts";
import type { Container, Containers } from "./containers.ts";
import { createExecs, type Execs } from "./execs.ts";
import { createGroups, type Group, type GroupOptions, type Groups } from "./groups.ts";
import { needsExecs, type Grouping } from "./grouping.ts";
import { createIdentities, type Identities } from "./identities.ts";
import { haveChanged } from "./kept-arguments.ts";
import { createPlacement, type Placement } from "./placement.ts";
import type { Process } from "./process.ts";
import { createTracker, type Tracker } from "./tracker.ts";
import { inSlices } from "../slices.ts";

export interface GrouperOptions {
  readonly proc: ProcReader;
  readonly commandLines: CommandLines;
  readonly users: UserNames;
  readonly counters: Counters;
  readonly grouping: Grouping;
  /** A process that no rule matches joins its parent's group. */
  readonly children: boolean;
  readonly kernelThreads: boolean;
  readonly exitsUp: () => boolean;
  readonly bootTime: BootTime;
  /** Asked only where rules need it. */
  readonly watchExecs: WatchExecs;
  /** Undefined where series do not name them. */
  readonly containers: Containers | undefined;
  /** Told where that cannot be. */
  readonly onBlind: (error: unknown) => void;
  /** Bills a process up to now: it is about to leave its group. */
  readonly billFormer: (process: Process) => void;
}

export interface Grouper {
  readonly groups: Groups;
  readonly tracker: Tracker;
  readonly execs: Execs;
  readonly identities: Identities;
  readonly placement: Placement;
  /** What the groups' histograms are of. */
  readonly histograms: HistogramPlan;
  /** Whether programs are watched as they are started; undefined where no rule needs it. */
  readonly execWatcherUp: boolean | undefined;
  /** Whether the watcher comes too late for some programs, for want of a capability. */
  readonly execWatcherTardy: boolean;
  /** Live processes of which something that rules need cannot be read, by the reason; empty where none is needed. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Begins to watch programs being started, where rules need it. */
  start(): Promise<void>;
  /** Waits a moment for names of users that are still asked for, and has `follow` classify their processes by them. */
  nameUsers(follow: () => Promise<void>): Promise<void>;
  /** Labels the groups of containers whose names have come. */
  nameContainers(nowUs: number): void;
  /** Lets groups leave that have had neither a process nor an end for long, and fills the room with what was in `other`. */
  expireGroups(nowUs: number): void;
  /** Looks at all processes again where the watcher has missed programs. */
  mendLoss(breathe: () => Promise<void>): Promise<void>;
  /**
   * Classifies all processes by another configuration. What was billed stays where it is.
   *
   * @param breathe lets the event loop turn
   */
  configure(grouping: Grouping, breathe: () => Promise<void>): Promise<void>;
}

/** Whether a group's series show what the container is called now. */
function carries({ labels }: Group, container: Container): boolean {
  return Object.entries(container.labels ?? {}).every(([name, value]) => labels[name] === value);
}

/** Processes that are classified between two turns of the event loop: about five milliseconds. */
const sliceSize = 256;

function groupOptions({ classifier, histograms, ...limits }: Grouping): GroupOptions {
  return { ...limits, declared: classifier.declared, histograms: createHistogramPlan(histograms) };
}

export function createGrouper(options: GrouperOptions): Grouper {
  const { proc, commandLines, users, counters, containers, children, kernelThreads, exitsUp, bootTime } = options;
  const { watchExecs, onBlind, billFormer } = options;
  let current = groupOptions(options.grouping);
  const groups = createGroups(current);
  const placement = createPlacement({ groups, containers, classifier: options.grouping.classifier, children });
  const identities = createIdentities({ proc, commandLines, users, needs: () => placement.needs, bootTime });
  const tracker = createTracker({ proc, groups, identities, placement, kernelThreads, exitsUp });
  const execs = createExecs({ onExec, onLook, counters });

  /**
   * A process that /proc still shows is taken as it is now: it may have gone on to a third program. Of one that ended before
   * the watcher saw it, its control groups are known from before: an exec is no move.
   */
  function readAfterExec(sighting: Sighting, former: Identity): Identity {
    const stat = proc.readStat(sighting.tgid);
    const live = stat === undefined || stat.exiting ? undefined : identities.read(sighting.tgid, stat);
    if (live !== undefined && identities.isWhole(live)) return live;
    const seen = identities.ofSighting(sighting);
    return seen.cgroups === undefined ? { ...seen, cgroups: former.cgroups } : seen;
  }

  /** The id is another process's by now, and the end of this one is still to come; or was another's. */
  function isOther({ startTicks }: Process, sighting: Sighting): boolean {
    return startTicks !== undefined && sighting.startTicks !== undefined && startTicks !== sighting.startTicks;
  }

  function onExec(sighting: Sighting): boolean {
    if (sighting.ppid !== undefined) tracker.noteChild(sighting.ppid, sighting.cgroups);
    const process = tracker.processes.get(sighting.tgid);
    if (process?.identity === undefined || isOther(process, sighting)) return false;
    const identity = readAfterExec(sighting, process.identity);
    billFormer(process);
    if (!process.ended) tracker.identify(process, identity, sighting.ppid);
    return true;
  }

  /** A forked process that is tracked already may have given itself a title since it was found. */
  function onLook({ sighting, ranUs }: Look): void {
    const process = tracker.processes.get(sighting.tgid);
    if (ranUs === undefined || process?.identity === undefined || isOther(process, sighting)) return;
    const { argv = [], comm } = sighting;
    const { kept, identity } = process;
    // It is writing its title just now, and is looked at again.
    if ((argv[0] ?? "").trim() === "" || !haveChanged(kept, identity.argv, argv)) return;
    billFormer(process);
    if (!process.ended) tracker.identify(process, { ...identity, argv, comm }, sighting.ppid);
  }

  const onSeen = (): void => execs.note();

  /** What the watcher reads of processes. */
  let watched: ReadonlySet<Fact> = new Set();

  /** It watched, and is to watch again. */
  let watcherLost = false;

  function onBroken(error: unknown): void {
    watcherLost ||= execs.watching;
    execs.close();
    onBlind(error);
  }

  async function watch(): Promise<void> {
    const facts = needsExecs(placement.needs) ? placement.needs : new Set<Fact>();
    const isSame = facts.size === watched.size && [...facts].every((fact) => watched.has(fact));
    if (isSame && (execs.watching || facts.size === 0)) return;
    watched = facts;
    try {
      await execs.configure(facts.size === 0 ? undefined : await watchExecs({ facts, onSeen, onBroken }));
    } catch (error) {
      onBroken(error);
    }
  }

  /** Names are read before the first process is classified by them, and again where the operator asks for it by a reload. */
  async function refreshUsers(): Promise<void> {
    if (!placement.needs.has("user") && !placement.needs.has("effectiveUser")) return;
    users.refresh({ thorough: true });
    await users.settled();
  }

  async function forAll(work: (process: Process) => void, breathe: () => Promise<void>): Promise<void> {
    const all = [...tracker.processes.values()];
    const begin = (slice: readonly Process[]): void => identities.readAhead(slice.map(({ tgid }) => tgid));
    await inSlices(all, { size: sliceSize, begin, breathe }, work);
  }

  /** What has been billed stays where it is; what follows goes to the container, whose name came late. */
  function moveProcesses(containersNamed: ReadonlySet<Container>): void {
    for (const process of tracker.processes.values()) {
      const { cgroups } = process.identity ?? {};
      const container = cgroups && containers?.find(cgroups);
      if (container === undefined || !containersNamed.has(container) || carries(process.group, container)) continue;
      billFormer(process);
      if (!process.ended) tracker.identifyAnew(process);
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
      billFormer(process);
      if (!process.ended) tracker.identifyAnew(process);
    }
  }

  function expireGroups(nowUs: number): void {
    groups.expire(nowUs, containers?.isGone);
    containers?.expire(groups.awaited, nowUs);
    if (groups.overflowed > 0) moveOutOfOverflow();
  }

  function countUnreadable(): ReadonlyMap<string, number> {
    if (!placement.needs.has("argv")) return new Map();
    const blocked = [...tracker.processes.keys()].filter(identities.isBlocked);
    return new Map([["cmdline_blocked", blocked.length]]);
  }

  return {
    groups,
    tracker,
    execs,
    identities,
    placement,
    get histograms() {
      return current.histograms;
    },
    get execWatcherUp() {
      return needsExecs(placement.needs) ? execs.watching : undefined;
    },
    get execWatcherTardy() {
      return execs.tardy;
    },
    get unreadable() {
      return countUnreadable();
    },
    async start() {
      await refreshUsers();
      await watch();
    },
    async nameUsers(follow) {
      if (!users.asking) return;
      await users.settled();
      await follow();
    },
    nameContainers,
    expireGroups,
    async mendLoss(breathe) {
      const wasLost = watcherLost;
      if (wasLost) await watch();
      watcherLost &&= !execs.watching;
      if (execs.takeLost() > 0 || (wasLost && execs.watching)) await forAll(tracker.identifyAnew, breathe);
    },
    async configure(grouping, breathe) {
      current = groupOptions(grouping);
      placement.configure(grouping.classifier);
      groups.configure(current);
      containers?.relabel();
      await refreshUsers();
      await watch();
      tracker.forgetPlaces();
      await forAll(tracker.identifyUnplaced, breathe);
    },
  };
}
