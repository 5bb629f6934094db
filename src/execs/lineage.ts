/**
 * The lineage: which program each process runs. It follows forks and execs in their order: a forked child runs the program of its
 * parent until it starts another one, whatever the parent does later. When events were lost, nothing is known. Pure.
 */

import type { Revisit, ProcessSnapshot } from "./exec-watcher.ts";
import { createImages, differs, isKnown, weighSnapshot, type Images, type KeptImage } from "./images.ts";
import { createRecentMap } from "./recent-map.ts";
import { createTitles, type Titles } from "./titles.ts";

/** A program that was started once, with all processes that were forked from it; or a forked process with a title of its own. */
export interface Image {
  /** A snapshot of one of its processes. */
  readonly seen: ProcessSnapshot;
  /** The forked process that was seen with a title of its own. Only this process and those forked from it have this image. */
  readonly titledBy: number | undefined;
  /** True where a process forked from it was in other control groups when it started its own program. */
  readonly movesChildren: boolean;
}

/** What is known about a forked process that has exited. */
export interface Descent {
  readonly image: Image;
  /** False where the process may have had a title of its own, which nobody saw. */
  readonly sharesTitle: boolean;
}

export interface Lineage {
  fork(parent: number, child: number): void;
  exec(snapshot: ProcessSnapshot): void;
  /** Notes a snapshot of a process that has started no program since its fork, or whose program was unknown. */
  revisit(revisit: Revisit): void;
  /** The image that a process runs, or ran before it exited. */
  find(tgid: number): Image | undefined;
  /** Describes a forked process that has exited. @param lifeUs how long it lived, without its waits for a CPU */
  describe(tgid: number, lifeUs: number): Descent | undefined;
  /** Forgets the images of all processes, since events were lost. What is known about titles stays true. */
  clear(): void;
}

/** An entry lives far longer than an exit event takes, and longer than in revisit-schedule.ts. Weights are characters. */
const memory = { lifeUs: 600e6, limit: 4 * 2 ** 20 };
const entryWeight = 64;

/** A blank command line is a title that is being written: the snapshot was taken between two instructions. */
const isBlank = (argv: readonly string[]): boolean => (argv[0] ?? "").trim() === "";

const isSame = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((text, index) => text === other[index]);

const weigh = ({ seen }: KeptImage): number => (seen === undefined ? entryWeight : weighSnapshot(seen));

export function createLineage(titles: Titles = createTitles(), images: Images = createImages()): Lineage {
  const entries = createRecentMap<KeptImage>({ ...memory, entryWeight, weigh });
  /** The age at which a forked child was last seen with its parent's command line. */
  const seenAt = createRecentMap<number>({ ...memory, entryWeight });
  /** Time of the latest snapshot. Forks are noted without a time and take this one. */
  let nowUs = 0;

  function share(tgid: number, image: KeptImage): void {
    seenAt.delete(tgid);
    entries.set(tgid, image, nowUs);
  }

  const begin = (snapshot: ProcessSnapshot): void =>
    share(snapshot.tgid, images.create(snapshot.tgid, nowUs, snapshot));

  /** Notes whether an exec happened in other control groups. @param before the image that the process ran until now */
  function noteMove(before: KeptImage | undefined, { cgroups }: ProcessSnapshot): void {
    const known = before?.seen?.cgroups;
    if (before === undefined || known === undefined || cgroups === undefined) return;
    before.movesChildren ||= !isSame(known, cgroups);
  }

  /** Gives a process an image of its own: its command line differs from that of the program. */
  function splitOff(from: KeptImage, snapshot: ProcessSnapshot): void {
    if (from.program !== undefined) titles.noteTitled(from.program);
    const image = images.create(snapshot.tgid, nowUs, snapshot);
    image.titledBy = snapshot.tgid;
    image.program = from.program ?? image.program;
    share(snapshot.tgid, image);
  }

  function noteShared({ program }: KeptImage, { snapshot, ranUs }: Revisit): void {
    // A process that has not run yet has had no time to give itself a title.
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
    revisit(revisit) {
      const seen = revisit.snapshot;
      const blank = seen.argv !== undefined && isBlank(seen.argv);
      const snapshot = blank ? { ...seen, argv: undefined } : seen;
      nowUs = snapshot.seenAtUs;
      const image = entries.get(snapshot.tgid);
      if (image === undefined) begin(snapshot);
      else if (image.owner === snapshot.tgid && images.read(image)?.argv === undefined) learn(image, snapshot);
      else if (!isKnown(image) || blank) splitOff(image, snapshot);
      else if (snapshot.argv !== undefined && differs(image, snapshot.argv)) splitOff(image, snapshot);
      else noteShared(image, revisit);
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
