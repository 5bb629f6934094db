/**
 * Which program each process runs, as execs and forks tell it in the order in which they happened: a forked child runs its
 * parent's until it starts one, whatever becomes of the parent. Pure. Where events were lost nothing is known.
 */

import type { Look, Sighting } from "./exec-watcher.ts";
import { createRecentMap } from "./recent-map.ts";
import { createTitles, type Program, type Titles } from "./titles.ts";

/** A program that was started once, with all processes that were forked from it; or one of them that looks different. */
export interface Image {
  /** As a process of it was seen. */
  readonly seen: Sighting;
  /** It was forked, and seen with a command line of its own: only what is forked from it shares that. */
  readonly titledBy: number | undefined;
  /** A process that was forked from it was in other control groups when it started its program. */
  readonly movesChildren: boolean;
}

/** What is known of a forked process that has ended. */
export interface Descent {
  readonly image: Image;
  /** False where it may have had a command line of its own. */
  readonly sharesTitle: boolean;
}

export interface Lineage {
  /** In whichever order events come, forks cost the most: there are as many of them as processes. */
  fork(parent: number, child: number): void;
  exec(sighting: Sighting): void;
  /** A process was seen that has started no program since it was forked, or of which nothing was known. */
  look(look: Look): void;
  /** The program that a process runs, or ran at last. */
  find(tgid: number): Image | undefined;
  /** @param lifeUs how long it lived, without what it waited for a CPU */
  describe(tgid: number, lifeUs: number): Descent | undefined;
  /** Events were lost: what is known may not be true any more. What was seen of titles stays true. */
  clear(): void;
}

/** Far longer than it takes for an end to be told, and longer than look-schedule.ts remembers. Weights are characters. */
const memory = { lifeUs: 600e6, limit: 4 * 2 ** 20 };
const entryWeight = 64;
const imageWeight = 256;

/** What a title looks like while it is being written: it was looked at between two instructions. */
const isBlank = (argv: readonly string[]): boolean => (argv[0] ?? "").trim() === "";

/** An image as it is kept here; of one that is not known yet, it is known whose it is. */
interface Entry {
  seen: Sighting | undefined;
  /** The process whose look is to tell what it is. */
  readonly owner: number;
  titledBy: number | undefined;
  movesChildren: boolean;
  /** The program by which its titles are known: that of the image from which a titled one comes. */
  program: Program | undefined;
}

const programOf = ({ comm, argv }: Sighting): Program | undefined => argv && { comm, argv };

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((text, index) => text === other[index]);

function createEntry(owner: number, seen?: Sighting): Entry {
  return { seen, owner, titledBy: undefined, movesChildren: false, program: seen && programOf(seen) };
}

export function createLineage(titles: Titles = createTitles()): Lineage {
  const entries = createRecentMap<Entry>(memory);
  /** The age at which forked children were last seen with their parent's command line. */
  const seenAt = createRecentMap<number>(memory);
  /** When the latest event was told: what else is told has no time of its own. */
  let nowUs = 0;

  function share(tgid: number, entry: Entry): void {
    seenAt.delete(tgid);
    entries.set(tgid, entry, nowUs, entryWeight);
  }

  function begin(sighting: Sighting, entry = createEntry(sighting.tgid, sighting)): void {
    const { tgid, argv = [], cgroups = [] } = sighting;
    seenAt.delete(tgid);
    entries.set(
      tgid,
      entry,
      nowUs,
      [...argv, ...cgroups].reduce((sum, text) => sum + text.length, imageWeight),
    );
  }

  /** @param before what the process ran until now */
  function noteMove(before: Entry | undefined, { cgroups }: Sighting): void {
    const known = before?.seen?.cgroups;
    if (before === undefined || known === undefined || cgroups === undefined) return;
    before.movesChildren ||= !isSame(known, cgroups);
  }

  /** It has another command line than the program was started with. */
  function splitOff(entry: Entry, sighting: Sighting): void {
    if (entry.program !== undefined) titles.noteTitled(entry.program);
    const { program = programOf(sighting) } = entry;
    begin(sighting, { ...createEntry(sighting.tgid, sighting), titledBy: sighting.tgid, program });
  }

  function noteShared(entry: Entry, { sighting, ranUs }: Look): void {
    // Before it has done anything it tells nothing.
    if (ranUs === undefined || ranUs === 0 || entry.program === undefined) return;
    seenAt.set(sighting.tgid, ranUs, nowUs);
    titles.noteUntitled(entry.program, ranUs);
  }

  return {
    fork(parent, child) {
      let entry = entries.use(parent, nowUs);
      if (entry === undefined) {
        entry = createEntry(parent);
        share(parent, entry);
      }
      share(child, entry);
    },
    exec(sighting) {
      nowUs = sighting.seenAtUs;
      noteMove(entries.get(sighting.tgid), sighting);
      begin(sighting);
    },
    look(look) {
      const seen = look.sighting;
      const blank = seen.argv !== undefined && isBlank(seen.argv);
      const sighting = blank ? { ...seen, argv: undefined } : seen;
      nowUs = sighting.seenAtUs;
      const entry = entries.get(sighting.tgid);
      if (entry === undefined) begin(sighting);
      else if (entry.seen?.argv === undefined && entry.owner === sighting.tgid) {
        entry.seen = sighting;
        entry.program = programOf(sighting);
      } else if (entry.seen?.argv === undefined) splitOff(entry, sighting);
      else if (blank || (sighting.argv !== undefined && !isSame(entry.seen.argv, sighting.argv)))
        splitOff(entry, sighting);
      else noteShared(entry, look);
    },
    find: (tgid) => asImage(entries.get(tgid)),
    describe(tgid, lifeUs) {
      const entry = entries.get(tgid);
      const image = asImage(entry);
      if (entry === undefined || image === undefined) return undefined;
      const { program } = entry;
      const own = image.titledBy === tgid;
      const seenUs = seenAt.get(tgid);
      return { image, sharesTitle: own || (program !== undefined && titles.isUntitled(program, { lifeUs, seenUs })) };
    },
    clear() {
      entries.clear();
      seenAt.clear();
    },
  };
}

function asImage(entry: Entry | undefined): Image | undefined {
  return entry?.seen === undefined ? undefined : { ...entry, seen: entry.seen };
}
