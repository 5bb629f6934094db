/**
 * Finds the group of processes that ended before anybody saw them alive: by what the watcher saw of them, by their last
 * record, by their parent where they were forked from it and started no program, or by their control group, which /proc
 * shows a moment longer than the rest, and which is their parent's.
 */

import type { Identity } from "../../classify/identity.ts";
import { parseCgroups } from "../../procfs/parse.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Way } from "../attribution.ts";
import type { EndRecord } from "./end-record.ts";
import type { Sighting } from "../groups/exec-watcher.ts";
import type { Execs } from "../groups/execs.ts";
import type { Group } from "../groups/groups.ts";
import { needsExecs } from "../groups/grouping.ts";
import type { Identities } from "../groups/identities.ts";
import type { Image } from "../groups/lineage.ts";
import { readLastWords, type LastWords } from "./last-words.ts";
import type { Process } from "../groups/process.ts";
import type { Place, Placement } from "../groups/placement.ts";
import { isPlain } from "../groups/titles.ts";
import type { Tracker } from "../groups/tracker.ts";

export interface Recognised {
  readonly identity: Identity | undefined;
  readonly place: Place;
  readonly way: Way;
}

export interface Recognition {
  readLastWords(tgid: number, end: EndRecord): LastWords;
  /** A process that was tracked, and ended under another command: renamed, or, where nothing watches, another program. */
  readRenamed(identity: Identity, end: EndRecord): Identity;
  /** By the record alone. */
  readRecord(words: LastWords): Recognised;
  /** @param words undefined where the leader's record did not come */
  recognise(tgid: number, words: LastWords | undefined): Recognised;
}

export interface RecognitionOptions {
  readonly proc: ProcReader;
  readonly identities: Identities;
  readonly placement: Placement;
  readonly tracker: Tracker;
  readonly execs: Execs;
}

/** Ancestors that are looked for at the most: each ended unseen. */
const generations = 16;

const withCgroups = (identity: Identity, cgroups: readonly string[] | undefined): Identity | undefined =>
  cgroups && { ...identity, cgroups };

export function createRecognition(options: RecognitionOptions): Recognition {
  const { proc, identities, placement, tracker, execs } = options;

  /** What a process runs that was forked and seen by nobody, where that is sure however long it lives. */
  function findForked(tgid: number): Sighting | undefined {
    const descent = execs.lineage.describe(tgid, Infinity);
    return descent?.sharesTitle === true ? descent.image.seen : undefined;
  }

  /** The group of a parent that is tracked, alive, or was seen by the watcher. */
  function findGroup(tgid: number, left = generations): Group | undefined {
    const group = tracker.findGroup(tgid);
    if (group !== undefined) return group;
    const sighting = execs.find(tgid) ?? findForked(tgid);
    if (sighting === undefined || left === 0) return tracker.findFormer(tgid)?.group;
    const { ppid } = sighting;
    const place = placement.place(identities.ofSighting(sighting), () =>
      ppid === undefined ? undefined : findGroup(ppid, left - 1),
    );
    return place.missing === undefined ? placement.groupOf(place) : undefined;
  }

  function findTracked(tgid: number): Process | undefined {
    tracker.findGroup(tgid);
    return tracker.processes.get(tgid);
  }

  function findIdentity(tgid: number): Identity | undefined {
    const identity = findTracked(tgid)?.identity;
    if (identity !== undefined) return identity;
    const sighting = execs.find(tgid) ?? execs.lineage.find(tgid)?.seen;
    return sighting === undefined ? tracker.findFormer(tgid)?.identity : identities.ofSighting(sighting);
  }

  /** Its own user is in its record; which one it is in effect is known while that is its parent's. */
  function takeOver(parent: Identity, { identity }: LastWords, argv: Identity["argv"]): Identity {
    const { user } = identity;
    const effectiveUser = user === parent.user ? parent.effectiveUser : undefined;
    return { ...parent, tgid: identity.tgid, argv, user, effectiveUser, startTime: undefined };
  }

  /** Its parent may have been moved since it started the program, and knows best; unless an orphan has got another one. */
  function cgroupsOf(image: Image, ppid: number): Identity["cgroups"] {
    if (image.movesChildren) return undefined;
    if (execs.lineage.find(ppid)?.seen !== image.seen) return image.seen.cgroups;
    const parent = findTracked(ppid) ?? tracker.findFormer(ppid);
    return parent?.movesChildren === true ? undefined : (parent?.identity?.cgroups ?? image.seen.cgroups);
  }

  /**
   * What a forked process has of its parent, whatever has become of that: the program that the parent ran then. Under another
   * command it may have another title too; a title that was seen is its own.
   */
  function descend(words: LastWords): Identity | undefined {
    const descent = execs.lineage.describe(words.identity.tgid, words.lifeUs);
    if (descent === undefined) return undefined;
    const { image, sharesTitle } = descent;
    const parent = identities.ofSighting(image.seen);
    if (parent.comm !== words.identity.comm) return undefined;
    const argv = sharesTitle ? parent.argv : undefined;
    return { ...takeOver(parent, words, argv), cgroups: cgroupsOf(image, words.ppid) };
  }

  /**
   * As `descend` where nothing is watched: of a parent that is known, unless it is another one by now, which the commands tell.
   * Nobody looks at its children, so that only programs that never rewrite a title leave them their own.
   */
  function inherit(words: LastWords): Identity | undefined {
    if (execs.watching) return descend(words);
    const parent = findIdentity(words.ppid);
    if (parent === undefined || parent.comm !== words.identity.comm || parent.user !== words.identity.user)
      return undefined;
    return takeOver(parent, words, isPlain(parent.argv?.[0]) ? parent.argv : undefined);
  }

  /** None of who never started a program, nor one from before it began: its id was another's then. */
  function findSighting(tgid: number, words: LastWords | undefined): Sighting | undefined {
    const sighting = execs.find(tgid);
    if (sighting === undefined || words === undefined) return sighting;
    return words.forkOnly || sighting.seenAtUs < words.bornAfterUs ? undefined : sighting;
  }

  /** Command and user may have been changed since the exec, and of who has ended /proc does not tell the latter. */
  function join(sighting: Sighting, words: LastWords | undefined): Identity {
    const seen = identities.ofSighting(sighting);
    return words === undefined ? seen : { ...seen, comm: words.identity.comm, user: words.identity.user };
  }

  /** Where there is no hierarchy but v2's: those of v1 all say "/" once a process is ending. */
  let unified: boolean | undefined;

  function readCgroups({ tgid }: Identity): readonly string[] | undefined {
    const own = unified === undefined ? proc.readText("self/cgroup") : undefined;
    if (own !== undefined) unified = parseCgroups(own).length === 1;
    const cgroups = unified === true ? proc.readCgroups(tgid) : undefined;
    return cgroups?.[0] === "/" ? undefined : cgroups;
  }

  /** A child is in its parent's control groups, unless somebody puts it elsewhere: init does, and runtimes of containers. */
  function inheritCgroups(ppid: number | undefined, forkOnly: boolean): readonly string[] | undefined {
    if (ppid === undefined) return undefined;
    const cgroups = findIdentity(ppid)?.cgroups;
    const parent = findTracked(ppid) ?? tracker.findFormer(ppid);
    const moves = parent?.movesChildren === true || execs.lineage.find(ppid)?.movesChildren === true;
    if (cgroups === undefined || moves) return undefined;
    return forkOnly || placement.isSharedByChildren(cgroups) ? cgroups : undefined;
  }

  function attempt(way: Way, identity: Identity | undefined, ppid: number | undefined): Recognised {
    const place = placement.place(identity, () => (ppid === undefined ? undefined : findGroup(ppid)));
    return { way, identity, place };
  }

  return {
    readLastWords: (tgid, end) => readLastWords(identities, tgid, end),
    readRenamed(identity, end) {
      const blind = needsExecs(placement.needs) && !execs.watching;
      if (blind) return readLastWords(identities, identity.tgid, end).identity;
      return { ...identity, comm: end.readComm() };
    },
    readRecord: (words) => attempt("event", words.identity, words.ppid),
    recognise(tgid, words) {
      const sighting = findSighting(tgid, words);
      const ppid = words?.ppid ?? sighting?.ppid;
      const first =
        sighting === undefined ? attempt("event", words?.identity, ppid) : attempt("exec", join(sighting, words), ppid);
      if (first.place.missing === undefined) return first;
      const { identity } = first;
      const wanted = identity?.cgroups === undefined && placement.needs.has("cgroups") ? identity : undefined;
      let latest = first;
      const hasOwnTitle = execs.lineage.find(tgid)?.titledBy === tgid;
      for (const [way, find] of [
        [hasOwnTitle ? "exec" : "parent", () => (words?.forkOnly === true ? inherit(words) : undefined)],
        ["cgroup", () => wanted && withCgroups(wanted, readCgroups(wanted))],
        ["parent", () => wanted && withCgroups(wanted, inheritCgroups(ppid, words?.forkOnly === true))],
      ] as const) {
        const identity = find();
        if (identity !== undefined) latest = attempt(way, identity, ppid);
        if (latest.place.missing === undefined) return latest;
      }
      // Of a process whose control groups are all that was found, the container is known where nothing else is.
      return latest;
    },
  };
}
