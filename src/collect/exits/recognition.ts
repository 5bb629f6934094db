/**
 * Finds the group of processes that ended before anybody saw them alive: by what the watcher saw of them, by their last
 * record, by their parent where they were forked from it and started no program, or by their control group, which /proc
 * shows a moment longer than the rest, and which is their parent's.
 */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import { parseCgroups } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { AttributionSource } from "../attribution.ts";
import type { ExitRecord } from "./exit-record.ts";
import type { ProcessSnapshot } from "../../execs/exec-watcher.ts";
import type { ExecHistory } from "../../execs/exec-history.ts";
import type { Group } from "../groups/group-registry.ts";
import { needsExecs } from "../groups/grouping-rules.ts";
import type { FactReader } from "../groups/fact-reader.ts";
import type { Image } from "../../execs/lineage.ts";
import { readExitDetails, type ExitDetails } from "./exit-details.ts";
import type { Process } from "../groups/process.ts";
import type { GroupAssignment, GroupResolver } from "../groups/group-resolver.ts";
import { isPlain } from "../../execs/titles.ts";
import type { Tracker } from "../groups/tracker.ts";

export interface Recognised {
  readonly facts: ProcessFacts | undefined;
  readonly assignment: GroupAssignment;
  readonly source: AttributionSource;
}

export interface Recognition {
  readExitDetails(tgid: number, record: ExitRecord): ExitDetails;
  /** A process that was tracked, and ended under another command: renamed, or, where nothing watches, another program. */
  readRenamed(facts: ProcessFacts, record: ExitRecord): ProcessFacts;
  /** By the record alone. */
  readRecord(details: ExitDetails): Recognised;
  /** @param words undefined where the leader's record did not come */
  recognise(tgid: number, details: ExitDetails | undefined): Recognised;
}

export interface RecognitionOptions {
  readonly proc: ProcReader;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  readonly tracker: Tracker;
  readonly execHistory: ExecHistory;
}

/** Ancestors that are looked for at the most: each ended unseen. */
const generations = 16;

const withCgroups = (facts: ProcessFacts, cgroups: readonly string[] | undefined): ProcessFacts | undefined =>
  cgroups && { ...facts, cgroups };

export function createRecognition(options: RecognitionOptions): Recognition {
  const { proc, factReader, groupResolver, tracker, execHistory } = options;

  /** What a process runs that was forked and seen by nobody, where that is sure however long it lives. */
  function findForked(tgid: number): ProcessSnapshot | undefined {
    const descent = execHistory.lineage.describe(tgid, Infinity);
    return descent?.sharesTitle === true ? descent.image.seen : undefined;
  }

  /** The group of a parent that is tracked, alive, or was seen by the watcher. */
  function findGroup(tgid: number, left = generations): Group | undefined {
    const group = tracker.findGroup(tgid);
    if (group !== undefined) return group;
    const snapshot = execHistory.find(tgid) ?? findForked(tgid);
    if (snapshot === undefined || left === 0) return tracker.findRecentlyExited(tgid)?.group;
    const { ppid } = snapshot;
    const assignment = groupResolver.assignment(factReader.ofSnapshot(snapshot), () =>
      ppid === undefined ? undefined : findGroup(ppid, left - 1),
    );
    return assignment.missing === undefined ? groupResolver.groupOf(assignment) : undefined;
  }

  function findTracked(tgid: number): Process | undefined {
    tracker.findGroup(tgid);
    return tracker.processes.get(tgid);
  }

  function findFacts(tgid: number): ProcessFacts | undefined {
    const facts = findTracked(tgid)?.facts;
    if (facts !== undefined) return facts;
    const snapshot = execHistory.find(tgid) ?? execHistory.lineage.find(tgid)?.seen;
    return snapshot === undefined ? tracker.findRecentlyExited(tgid)?.facts : factReader.ofSnapshot(snapshot);
  }

  /** Its own user is in its record; which one it is in effect is known while that is its parent's. */
  function takeOver(parent: ProcessFacts, { facts }: ExitDetails, argv: ProcessFacts["argv"]): ProcessFacts {
    const { user } = facts;
    const effectiveUser = user === parent.user ? parent.effectiveUser : undefined;
    return { ...parent, tgid: facts.tgid, argv, user, effectiveUser, startTime: undefined };
  }

  /** Its parent may have been moved since it started the program, and knows best; unless an orphan has got another one. */
  function cgroupsOf(image: Image, ppid: number): ProcessFacts["cgroups"] {
    if (image.movesChildren) return undefined;
    if (execHistory.lineage.find(ppid)?.seen !== image.seen) return image.seen.cgroups;
    const parent = findTracked(ppid) ?? tracker.findRecentlyExited(ppid);
    return parent?.movesChildren === true ? undefined : (parent?.facts?.cgroups ?? image.seen.cgroups);
  }

  /**
   * What a forked process has of its parent, whatever has become of that: the program that the parent ran then. Under another
   * command it may have another title too; a title that was seen is its own.
   */
  function descend(details: ExitDetails): ProcessFacts | undefined {
    const descent = execHistory.lineage.describe(details.facts.tgid, details.lifeUs);
    if (descent === undefined) return undefined;
    const { image, sharesTitle } = descent;
    const parent = factReader.ofSnapshot(image.seen);
    if (parent.comm !== details.facts.comm) return undefined;
    const argv = sharesTitle ? parent.argv : undefined;
    return { ...takeOver(parent, details, argv), cgroups: cgroupsOf(image, details.ppid) };
  }

  /**
   * As `descend` where nothing is watched: of a parent that is known, unless it is another one by now, which the commands tell.
   * Nobody looks at its children, so that only programs that never rewrite a title leave them their own.
   */
  function inherit(details: ExitDetails): ProcessFacts | undefined {
    if (execHistory.watching) return descend(details);
    const parent = findFacts(details.ppid);
    if (parent === undefined || parent.comm !== details.facts.comm || parent.user !== details.facts.user)
      return undefined;
    return takeOver(parent, details, isPlain(parent.argv?.[0]) ? parent.argv : undefined);
  }

  /** None of who never started a program, nor one from before it began: its id was another's then. */
  function findSnapshot(tgid: number, details: ExitDetails | undefined): ProcessSnapshot | undefined {
    const snapshot = execHistory.find(tgid);
    if (snapshot === undefined || details === undefined) return snapshot;
    return details.forkOnly || snapshot.seenAtUs < details.bornAfterUs ? undefined : snapshot;
  }

  /** Command and user may have been changed since the exec, and of who has ended /proc does not tell the latter. */
  function join(snapshot: ProcessSnapshot, details: ExitDetails | undefined): ProcessFacts {
    const seen = factReader.ofSnapshot(snapshot);
    return details === undefined ? seen : { ...seen, comm: details.facts.comm, user: details.facts.user };
  }

  /** Where there is no hierarchy but v2's: those of v1 all say "/" once a process is ending. */
  let unified: boolean | undefined;

  function readCgroups({ tgid }: ProcessFacts): readonly string[] | undefined {
    const own = unified === undefined ? proc.readText("self/cgroup") : undefined;
    if (own !== undefined) unified = parseCgroups(own).length === 1;
    const cgroups = unified === true ? proc.readCgroups(tgid) : undefined;
    return cgroups?.[0] === "/" ? undefined : cgroups;
  }

  /** A child is in its parent's control groups, unless somebody puts it elsewhere: init does, and runtimes of containers. */
  function inheritCgroups(ppid: number | undefined, forkOnly: boolean): readonly string[] | undefined {
    if (ppid === undefined) return undefined;
    const cgroups = findFacts(ppid)?.cgroups;
    const parent = findTracked(ppid) ?? tracker.findRecentlyExited(ppid);
    const moves = parent?.movesChildren === true || execHistory.lineage.find(ppid)?.movesChildren === true;
    if (cgroups === undefined || moves) return undefined;
    return forkOnly || groupResolver.isSharedByChildren(cgroups) ? cgroups : undefined;
  }

  function attempt(source: AttributionSource, facts: ProcessFacts | undefined, ppid: number | undefined): Recognised {
    const assignment = groupResolver.assignment(facts, () => (ppid === undefined ? undefined : findGroup(ppid)));
    return { source, facts, assignment };
  }

  return {
    readExitDetails: (tgid, record) => readExitDetails(factReader, tgid, record),
    readRenamed(facts, record) {
      const blind = needsExecs(groupResolver.needs) && !execHistory.watching;
      if (blind) return readExitDetails(factReader, facts.tgid, record).facts;
      return { ...facts, comm: record.readComm() };
    },
    readRecord: (details) => attempt("event", details.facts, details.ppid),
    recognise(tgid, details) {
      const snapshot = findSnapshot(tgid, details);
      const ppid = details?.ppid ?? snapshot?.ppid;
      const first =
        snapshot === undefined
          ? attempt("event", details?.facts, ppid)
          : attempt("exec", join(snapshot, details), ppid);
      if (first.assignment.missing === undefined) return first;
      const { facts } = first;
      const wanted = facts?.cgroups === undefined && groupResolver.needs.has("cgroups") ? facts : undefined;
      let latest = first;
      const hasOwnTitle = execHistory.lineage.find(tgid)?.titledBy === tgid;
      for (const [source, find] of [
        [hasOwnTitle ? "exec" : "parent", () => (details?.forkOnly === true ? inherit(details) : undefined)],
        ["cgroup", () => wanted && withCgroups(wanted, readCgroups(wanted))],
        ["parent", () => wanted && withCgroups(wanted, inheritCgroups(ppid, details?.forkOnly === true))],
      ] as const) {
        const facts = find();
        if (facts !== undefined) latest = attempt(source, facts, ppid);
        if (latest.assignment.missing === undefined) return latest;
      }
      // Of a process whose control groups are all that was found, the container is known where nothing else is.
      return latest;
    },
  };
}
