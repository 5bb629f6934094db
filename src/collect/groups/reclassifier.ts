/**
 * Follows what processes make of themselves while they live: a title that is rewritten, a control group that somebody moves them
 * to, another user. What a process did before stays where it was billed. Only what ran is read again: who sleeps changes nothing
 * but its control group, and that by others; of those a few are looked at each time.
 */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import type { TaskStat } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { Poller } from "../polls/poller.ts";
import { inSlices } from "../slices.ts";
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
  readonly poller: Pick<Poller, "findRan" | "billFormers">;
  /** Lets the event loop turn. */
  readonly yieldToEventLoop: () => Promise<void>;
}

export interface Reclassifier {
  /** One look, at each discovery: what has changed is followed by the second one after it. @throws ExporterError as `Poller` */
  follow(): Promise<void>;
}

/** Processes that are read between two turns of the event loop. */
const sliceSize = 256;

/** Processes that have not run and whose control groups are looked at, each time: two or three milliseconds. */
const idleSize = 256;

/** Who ran is asked for at every second look, which takes ten milliseconds for 10,000 processes. */
const looksPerQuestion = 2;

/** Generations of children that join a parent's new group in one look. */
const generations = 16;

/** What a process is now. */
interface Change {
  readonly process: Process;
  readonly stat: TaskStat;
  readonly facts: ProcessFacts;
}

function areSame(one: readonly string[] | undefined, other: readonly string[]): boolean {
  return one?.length === other.length && other.every((text, index) => text === one[index]);
}

/** What could not be read this time stays what it was, unless it is another program by now. */
function complete(facts: ProcessFacts, previous: ProcessFacts | undefined): ProcessFacts {
  if (previous?.comm !== facts.comm) return facts;
  return { ...facts, argv: facts.argv ?? previous.argv, cgroups: facts.cgroups ?? previous.cgroups };
}

/** What could not be read says nothing. */
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
  let looks = 0;
  let idleFrom = 0;
  let startsSince = bootTime.seconds;

  /** The clock was set, and a rule shows when a process started. */
  const restarted = ({ facts: previous }: Process, { startTime }: ProcessFacts): boolean =>
    groupResolver.needs.has("startTime") && startTime !== previous?.startTime;

  /** Processes the names of whose users were still being asked for when they were read. */
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
    return process.assignment === undefined || restarted(process, facts) || hasChanged(process, facts)
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
    await poller.billFormers(changes.map(({ process }) => process));
    for (const { process, stat, facts } of changes) {
      if (!process.ended) tracker.regroup(process, facts, stat.ppid);
    }
  }

  /** The next few, in turn; the order of the processes is that in which they were found. */
  function nextIdle(all: readonly Process[]): readonly Process[] {
    if (idleFrom >= all.length) idleFrom = 0;
    idleFrom += idleSize;
    return all.slice(idleFrom - idleSize, idleFrom);
  }

  function hasMoved({ tgid, facts }: Process): boolean {
    const cgroups = proc.readCgroups(tgid);
    return cgroups !== undefined && !areSame(facts?.cgroups, cgroups);
  }

  /** What a rule asks for and nobody has seen of it may be seen now; of arguments that are too long to be kept it was. */
  const isIncomplete = ({ facts, kept, assignment }: Process): boolean =>
    facts !== undefined && (assignment === undefined || (kept.digest === undefined && !factReader.isWhole(facts)));

  /** The clock was set, or a user has another name: what was read before is old for all. */
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
    if (changing && looks++ % looksPerQuestion === 0)
      (await poller.findRan(all)).forEach((process) => candidates.add(process));
    if (needs.has("cgroups"))
      nextIdle(all)
        .filter(hasMoved)
        .forEach((process) => candidates.add(process));
    return [...candidates];
  }

  /** It has its parent's group, and its parent is in another one now. */
  function isLeftBehind({ inheritedFrom, assignment }: Process): boolean {
    if (inheritedFrom === undefined || assignment?.inherited !== true) return false;
    const parent = tracker.processes.get(inheritedFrom.parent);
    return parent?.facts !== undefined && parent.group !== inheritedFrom.group;
  }

  /** Those of them that are still children of the same parent; who has another one by now stays where it is. */
  function findChildren(heirs: readonly Process[]): readonly Process[] {
    const children: Process[] = [];
    for (const heir of heirs) {
      const parent = proc.readStat(heir.tgid)?.ppid;
      if (parent === heir.inheritedFrom?.parent) children.push(heir);
      else if (parent !== undefined) heir.inheritedFrom = undefined;
    }
    return children;
  }

  async function moveHeirs(): Promise<void> {
    for (let left = generations; left > 0; left--) {
      const heirs = [...tracker.processes.values()].filter(isLeftBehind);
      const children = findChildren(heirs);
      if (children.length === 0) return;
      await poller.billFormers(children);
      for (const child of children) if (!child.ended) tracker.regroupAfterParent(child);
    }
  }

  return {
    async follow() {
      await apply(await readAll(await findCandidates()));
      await moveHeirs();
    },
  };
}
