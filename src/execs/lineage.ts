/**
 * Which program each process runs, as execs and forks tell it in the order in which they happened: a forked child runs its
 * parent's until it starts one, whatever becomes of the parent. Pure. Where events were lost nothing is known.
 */

import type { Revisit, ProcessSnapshot } from "./exec-watcher.ts";
import { createImages, differs, isKnown, weighSnapshot, type Images, type KeptImage } from "./images.ts";
import { createRecentMap } from "./recent-map.ts";
import { createTitles, type Titles } from "./titles.ts";

/** A program that was started once, with all processes that were forked from it; or one of them that looks different. */
export interface Image {
  /** As a process of it was seen. */
  readonly seen: ProcessSnapshot;
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
  exec(snapshot: ProcessSnapshot): void;
  /** A process was seen that has started no program since it was forked, or of which nothing was known. */
  look(look: Revisit): void;
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

/** What a title looks like while it is being written: it was looked at between two instructions. */
const isBlank = (argv: readonly string[]): boolean => (argv[0] ?? "").trim() === "";

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((text, index) => text === other[index]);

const weigh = ({ seen }: KeptImage): number => (seen === undefined ? entryWeight : weighSnapshot(seen));

export function createLineage(titles: Titles = createTitles(), images: Images = createImages()): Lineage {
  const entries = createRecentMap<KeptImage>({ ...memory, entryWeight, weigh });
  /** The age at which forked children were last seen with their parent's command line. */
  const seenAt = createRecentMap<number>({ ...memory, entryWeight });
  /** When the latest event was told: what else is told has no time of its own. */
  let nowUs = 0;

  function share(tgid: number, image: KeptImage): void {
    seenAt.delete(tgid);
    entries.set(tgid, image, nowUs);
  }

  const begin = (snapshot: ProcessSnapshot): void =>
    share(snapshot.tgid, images.create(snapshot.tgid, nowUs, snapshot));

  /** @param before what the process ran until now */
  function noteMove(before: KeptImage | undefined, { cgroups }: ProcessSnapshot): void {
    const known = before?.seen?.cgroups;
    if (before === undefined || known === undefined || cgroups === undefined) return;
    before.movesChildren ||= !isSame(known, cgroups);
  }

  /** It has another command line than the program was started with. */
  function splitOff(from: KeptImage, snapshot: ProcessSnapshot): void {
    if (from.program !== undefined) titles.noteTitled(from.program);
    const image = images.create(snapshot.tgid, nowUs, snapshot);
    image.titledBy = snapshot.tgid;
    image.program = from.program ?? image.program;
    share(snapshot.tgid, image);
  }

  function noteShared({ program }: KeptImage, { snapshot, ranUs }: Revisit): void {
    // Before it has done anything it tells nothing.
    if (ranUs === undefined || ranUs === 0 || program === undefined) return;
    seenAt.set(snapshot.tgid, ranUs, nowUs);
    titles.noteUntitled(program, ranUs);
  }

  function learn(image: KeptImage, snapshot: ProcessSnapshot): void {
    images.learn(image, snapshot, nowUs);
    entries.weighAgain(image);
  }

  function readImage(image: KeptImage | undefined): Image | undefined {
    const seen = image && images.read(image);
    return image && seen && { seen, titledBy: image.titledBy, movesChildren: image.movesChildren };
  }

  return {
    fork(parent, child) {
      let image = entries.use(parent, nowUs);
      if (image === undefined) {
        image = images.create(parent, nowUs);
        share(parent, image);
      } else images.use(image, nowUs);
      share(child, image);
    },
    exec(snapshot) {
      nowUs = snapshot.seenAtUs;
      noteMove(entries.get(snapshot.tgid), snapshot);
      begin(snapshot);
    },
    look(look) {
      const seen = look.snapshot;
      const blank = seen.argv !== undefined && isBlank(seen.argv);
      const snapshot = blank ? { ...seen, argv: undefined } : seen;
      nowUs = snapshot.seenAtUs;
      const image = entries.get(snapshot.tgid);
      if (image === undefined) begin(snapshot);
      else if (image.owner === snapshot.tgid && images.read(image)?.argv === undefined) learn(image, snapshot);
      else if (!isKnown(image) || blank) splitOff(image, snapshot);
      else if (snapshot.argv !== undefined && differs(image, snapshot.argv)) splitOff(image, snapshot);
      else noteShared(image, look);
    },
    find: (tgid) => readImage(entries.get(tgid)),
    describe(tgid, lifeUs) {
      const kept = entries.get(tgid);
      const image = readImage(kept);
      if (kept === undefined || image === undefined) return undefined;
      const { program } = kept;
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
