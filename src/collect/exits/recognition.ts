/**
 * Finds the group of a process that exited before anybody saw it alive: by its snapshot, by its exit record, by its parent if it was
 * forked and started no program, or by its control group, which /proc shows a moment longer than the rest, or which is its parent's.
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
  /** The facts of a tracked process that exited under another command: it renamed itself or, without a watcher, may have exec'd. */
  readRenamed(facts: ProcessFacts, record: ExitRecord): ProcessFacts;
  /** Finds the group by the exit record alone. */
  readRecord(details: ExitDetails): Recognised;
  /** Finds the group by all that is known. @param details undefined where the leader's record did not come */
  recognise(tgid: number, details: ExitDetails | undefined): Recognised;
}

export interface RecognitionOptions {
  readonly proc: ProcReader;
  readonly factReader: FactReader;
  readonly groupResolver: GroupResolver;
  readonly tracker: Tracker;
  readonly execHistory: ExecHistory;
}

/** The most ancestors that are searched for a group, where each one exited without being tracked. */
const generations = 16;

const withCgroups = (facts: ProcessFacts, cgroups: readonly string[] | undefined): ProcessFacts | undefined =>
  cgroups && { ...facts, cgroups };

export function createRecognition(options: RecognitionOptions): Recognition {
  const { proc, factReader, groupResolver, tracker, execHistory } = options;
  // Taken out of objects with getters once, as in exit-handler.ts.
  const { find: findSeen } = execHistory;
  const { assignment: assignmentOf } = groupResolver;

  /** The program of a forked process without a snapshot, if the process certainly shares its command line however long it lived. */
  function findForked(tgid: number): ProcessSnapshot | undefined {
    const descent = execHistory.lineage.describe(tgid, Infinity);
    return descent?.sharesTitle === true ? descent.image.seen : undefined;
  }

  /** The group of a parent: tracked, alive, seen by the watcher, or recently exited. */
  function findGroup(tgid: number, left = generations): Group | undefined {
    const group = tracker.findGroup(tgid);
    if (group !== undefined) return group;
    const snapshot = findSeen(tgid) ?? findForked(tgid);
    if (snapshot === undefined || left === 0) return tracker.findRecentlyExited(tgid)?.group;
    const { ppid } = snapshot;
    const assignment = assignmentOf(factReader.ofSnapshot(snapshot), () =>
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
    const snapshot = findSeen(tgid) ?? execHistory.lineage.find(tgid)?.seen;
    return snapshot === undefined ? tracker.findRecentlyExited(tgid)?.facts : factReader.ofSnapshot(snapshot);
  }

  /** The parent's facts for its child. The child's record has its real user only; if that is the parent's, so is the effective one. */
  function takeOver(parent: ProcessFacts, { facts }: ExitDetails, argv: ProcessFacts["argv"]): ProcessFacts {
    const { user } = facts;
    const effectiveUser = user === parent.user ? parent.effectiveUser : undefined;
    return { ...parent, tgid: facts.tgid, argv, user, effectiveUser, startTime: undefined };
  }

  /** The parent may have been moved since its exec, so its facts come first, unless `ppid` is a process that adopted an orphan. */
  function cgroupsOf(image: Image, ppid: number): ProcessFacts["cgroups"] {
    if (image.movesChildren) return undefined;
    if (execHistory.lineage.find(ppid)?.seen !== image.seen) return image.seen.cgroups;
    const parent = findTracked(ppid) ?? tracker.findRecentlyExited(ppid);
    return parent?.movesChildren === true ? undefined : (parent?.facts?.cgroups ?? image.seen.cgroups);
  }

  /**
   * The facts of a forked process by its lineage: the program that its parent ran at the fork, even if the parent has exited or exec'd
   * since. Under another command the process may have another command line too, so nothing is taken over.
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
   * As `descend`, but without a watcher by the facts of the parent. Another command or user shows that the parent has exec'd or is
   * another process. Nobody revisits children then, so the command line is taken only from programs that never rewrite it.
   */
  function inherit(details: ExitDetails): ProcessFacts | undefined {
    if (execHistory.watching) return descend(details);
    const parent = findFacts(details.ppid);
    if (parent === undefined || parent.comm !== details.facts.comm || parent.user !== details.facts.user)
      return undefined;
    return takeOver(parent, details, isPlain(parent.argv?.[0]) ? parent.argv : undefined);
  }

  /** The snapshot of an exited process. A snapshot that is older than the process is of another one with the same id. */
  function findSnapshot(tgid: number, details: ExitDetails | undefined): ProcessSnapshot | undefined {
    const snapshot = findSeen(tgid);
    if (snapshot === undefined || details === undefined) return snapshot;
    return details.forkOnly || snapshot.seenAtUs < details.bornAfterUs ? undefined : snapshot;
  }

  /** The snapshot's facts with command and user of the exit record: both may have changed since the exec. */
  function join(snapshot: ProcessSnapshot, details: ExitDetails | undefined): ProcessFacts {
    const seen = factReader.ofSnapshot(snapshot);
    return details === undefined ? seen : { ...seen, comm: details.facts.comm, user: details.facts.user };
  }

  /** True where the only hierarchy is that of cgroup v2. In hierarchies of v1 an exiting process is already in "/". */
  let unified: boolean | undefined;

  function readCgroups({ tgid }: ProcessFacts): readonly string[] | undefined {
    const own = unified === undefined ? proc.readText("self/cgroup") : undefined;
    if (own !== undefined) unified = parseCgroups(own).length === 1;
    const cgroups = unified === true ? proc.readCgroups(tgid) : undefined;
    return cgroups?.[0] === "/" ? undefined : cgroups;
  }

  /** The parent's control groups, unless the parent moves its children to other ones, as init and container runtimes do. */
  function inheritCgroups(ppid: number | undefined, forkOnly: boolean): readonly string[] | undefined {
    if (ppid === undefined) return undefined;
    const cgroups = findFacts(ppid)?.cgroups;
    const parent = findTracked(ppid) ?? tracker.findRecentlyExited(ppid);
    const moves = parent?.movesChildren === true || execHistory.lineage.find(ppid)?.movesChildren === true;
    if (cgroups === undefined || moves) return undefined;
    return forkOnly || groupResolver.isSharedByChildren(cgroups) ? cgroups : undefined;
  }

  function attempt(source: AttributionSource, facts: ProcessFacts | undefined, ppid: number | undefined): Recognised {
    const assignment = assignmentOf(facts, () => (ppid === undefined ? undefined : findGroup(ppid)));
    return { source, facts, assignment };
  }

  return {
    readExitDetails: (tgid, record) => readExitDetails(factReader, tgid, record),
    readRenamed(facts, record) {
      const isBlind = needsExecs(groupResolver.needs) && !execHistory.watching;
      if (isBlind) return readExitDetails(factReader, facts.tgid, record).facts;
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
      // Not the first attempt: if control groups were found, the container is known, though the group is not.
      return latest;
    },
  };
}
