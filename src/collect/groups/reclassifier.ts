/**
 * Follows changes of processes while they live: a rewritten title, a move to another control group, another user. What was
 * billed before a change stays in the old group. Only processes that ran are read again, since a sleeping process changes
 * nothing itself. But others may move it to another control group, so a few sleeping processes are read each time.
 */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import type { TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Poller } from "../polls/poller.ts";
import { inSlices } from "../../base/slices.ts";
import type { FactReader } from "./fact-reader.ts";
import { haveChanged } from "../../execs/kept-arguments.ts";
import type { GroupResolver } from "./group-resolver.ts";
import type { Process } from "./process.ts";
import type { Tracker } from "./tracker.ts";

export interface ReclassifierOptions {
  readonly proc: ProcReader;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  readonly tracker: Tracker;
  readonly bootTime: Pick<BootTime, "seconds">;
  readonly users: Pick<UserNames, "refresh">;
  readonly poller: Pick<Poller, "findRan" | "billAllUpToNow">;
  readonly yieldToEventLoop: () => Promise<void>;
}

export interface Reclassifier {
  /**
   * Finds and applies changes. Called at each discovery: a change is applied by the second call after it.
   *
   * @throws ExporterError as `Poller`
   */
  follow(): Promise<void>;
}

/** Processes that are read in one slice. */
const sliceSize = 256;

/** Processes whose control groups are read at each call though they may have slept: two or three milliseconds. */
const idleSize = 256;

/** The processes that ran are asked for at every second call, since that takes ten milliseconds for 10,000 processes. */
const callsPerQuestion = 2;

/** How many generations of children follow a parent into its new group in one call. */
const generations = 16;

/** A process with its new facts. */
interface Change {
  readonly process: Process;
  readonly stat: TaskStat;
  readonly facts: ProcessFacts;
}

function areSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && other.every((text, index) => text === one[index]);
}

/** Keeps the previous fact where a fact could not be read this time, unless the process runs another program now. */
function complete(facts: ProcessFacts, previous: ProcessFacts | undefined): ProcessFacts {
  if (previous?.comm !== facts.comm) return facts;
  return { ...facts, argv: facts.argv ?? previous.argv, cgroups: facts.cgroups ?? previous.cgroups };
}

/** True where a fact differs from the previous one. A fact that could not be read does not count as different. */
function hasChanged(
  { facts: previous, kept }: Process,
  { comm, argv, cgroups, user, effectiveUser }: ProcessFacts,
): boolean {
  if (previous === undefined || comm !== previous.comm) return true;
  if (argv !== undefined && haveChanged(kept, previous.argv, argv)) return true;
  if (cgroups !== undefined && !areSame(previous.cgroups, cgroups)) return true;
  const isOther = (name: string | undefined, before: string | undefined): boolean =>
    name !== undefined && name !== before;
  return isOther(user, previous.user) || isOther(effectiveUser, previous.effectiveUser);
}

export function createReclassifier(options: ReclassifierOptions): Reclassifier {
  const { proc, factReader, groupResolver, tracker, bootTime, users, poller, yieldToEventLoop } = options;
  let calls = 0;
  let idleFrom = 0;
  let startsSince = bootTime.seconds;

  /** True where the clock was set and a rule shows start times. */
  const hasNewStart = ({ facts: previous }: Process, { startTime }: ProcessFacts): boolean =>
    groupResolver.needs.has("startTime") && startTime !== previous?.startTime;

  /** Processes whose user names were still being looked up when they were read. */
  let unnamed = new Set<Process>();

  const isNameless = ({ user, effectiveUser }: ProcessFacts): boolean =>
    (groupResolver.needs.has("user") && user === undefined) ||
    (groupResolver.needs.has("effectiveUser") && effectiveUser === undefined);

  function read(process: Process): Change | undefined {
    if (process.ended) return undefined;
    const stat = proc.readStat(process.tgid);
    if (stat === undefined || stat.exiting || stat.startTicks !== process.startTicks) return undefined;
    const facts = factReader.read(process.tgid, stat);
    if (isNameless(facts)) unnamed.add(process);
    return process.assignment === undefined || hasNewStart(process, facts) || hasChanged(process, facts)
      ? { process, stat, facts: complete(facts, process.facts) }
      : undefined;
  }

  async function readAll(processes: readonly Process[]): Promise<readonly Change[]> {
    const changes: Change[] = [];
    const begin = (slice: readonly Process[]): void => factReader.readAhead(slice.map(({ tgid }) => tgid));
    await inSlices(processes, { size: sliceSize, begin, yieldToEventLoop }, (process) => {
      const change = read(process);
      if (change !== undefined) changes.push(change);
    });
    return changes;
  }

  async function apply(changes: readonly Change[]): Promise<void> {
    await poller.billAllUpToNow(changes.map(({ process }) => process));
    for (const { process, stat, facts } of changes) {
      if (!process.ended) tracker.regroup(process, facts, stat.ppid);
    }
  }

  /** The next few processes, in turn, in the order in which they were found. */
  function nextIdle(all: readonly Process[]): readonly Process[] {
    if (idleFrom >= all.length) idleFrom = 0;
    idleFrom += idleSize;
    return all.slice(idleFrom - idleSize, idleFrom);
  }

  function hasMoved({ tgid, facts }: Process): boolean {
    const cgroups = proc.readCgroups(tgid);
    return cgroups !== undefined && !areSame(facts?.cgroups, cgroups);
  }

  /**
   * True where a fact that rules ask for may be readable now. Arguments that were too long to be kept have been read
   * already.
   */
  const isIncomplete = ({ facts, kept, assignment }: Process): boolean =>
    facts !== undefined && (assignment === undefined || (kept.digest === undefined && !factReader.isWhole(facts)));

  /** True where the facts of all processes are outdated, since the clock was set or a user was renamed. */
  function isAllOld(): boolean {
    const { needs } = groupResolver;
    const wantsUsers = needs.has("user") || needs.has("effectiveUser");
    const renamed = wantsUsers && users.refresh({ thorough: false });
    const set = needs.has("startTime") && startsSince !== bootTime.seconds;
    startsSince = bootTime.seconds;
    return renamed || set;
  }

  const lacksName = ({ facts }: Process): boolean => facts !== undefined && isNameless(facts);

  async function findCandidates(): Promise<readonly Process[]> {
    const { needs } = groupResolver;
    const all = [...tracker.processes.values()].filter(({ startTicks }) => startTicks !== undefined);
    if (isAllOld()) return all;
    const candidates = new Set(all.filter((process) => isIncomplete(process) || lacksName(process)));
    for (const process of unnamed) candidates.add(process);
    unnamed = new Set();
    const changing = (["argv", "cgroups", "user", "effectiveUser"] as const).some((fact) => needs.has(fact));
    if (changing && calls++ % callsPerQuestion === 0)
      (await poller.findRan(all)).forEach((process) => candidates.add(process));
    if (needs.has("cgroups"))
      nextIdle(all)
        .filter(hasMoved)
        .forEach((process) => candidates.add(process));
    return [...candidates];
  }

  /** True for a process that has its parent's group, whose parent is in another group now. */
  function isLeftBehind({ inheritedFrom, assignment }: Process): boolean {
    if (inheritedFrom === undefined || assignment?.inherited !== true) return false;
    const parent = tracker.processes.get(inheritedFrom.parent);
    return parent?.facts !== undefined && parent.group !== inheritedFrom.group;
  }

  /** Those that still have the same parent. A process that has another parent by now stays in its group. */
  function findChildren(leftBehind: readonly Process[]): readonly Process[] {
    const children: Process[] = [];
    for (const process of leftBehind) {
      const parent = proc.readStat(process.tgid)?.ppid;
      if (parent === process.inheritedFrom?.parent) children.push(process);
      else if (parent !== undefined) process.inheritedFrom = undefined;
    }
    return children;
  }

  async function moveChildren(): Promise<void> {
    for (let left = generations; left > 0; left--) {
      const children = findChildren([...tracker.processes.values()].filter(isLeftBehind));
      if (children.length === 0) return;
      await poller.billAllUpToNow(children);
      for (const child of children) if (!child.ended) tracker.regroupAfterParent(child);
    }
  }

  return {
    async follow() {
      await apply(await readAll(await findCandidates()));
      await moveChildren();
    },
  };
}
