/**
 * What lineage.ts keeps of programs: each once, however many processes were forked from it, and bounded as kept-arguments.ts bounds
 * what is kept of live processes. Short arguments stay as long as the image; long ones stay while all of them together are not
 * too long, and of what is beyond only a digest: who needs more is unidentified then.
 */

import type { ProcessSnapshot } from "./exec-watcher.ts";
import { digestOf, freeCharacters, haveChanged, measureArguments } from "./kept-arguments.ts";
import { createRecentMap } from "./recent-map.ts";
import type { Program } from "./titles.ts";

/** An image as it is kept; of one that is not known yet, it is known whose it is. */
export interface KeptImage {
  /** Without arguments where they are long. */
  seen: ProcessSnapshot | undefined;
  /** Set where they are long. */
  digest: string | undefined;
  /** The process whose look is to tell what it is. */
  readonly owner: number;
  titledBy: number | undefined;
  movesChildren: boolean;
  /** The program by which its titles are known: that of the image from which a titled one comes. */
  program: Program | undefined;
}

export interface Images {
  create(owner: number, nowUs: number, seen?: ProcessSnapshot): KeptImage;
  /** It is known now what an image is. */
  learn(image: KeptImage, seen: ProcessSnapshot, nowUs: number): void;
  /** A process was forked from it, or runs it: long arguments are kept for another life. */
  use(image: KeptImage, nowUs: number): void;
  /** With its arguments, as long as they are kept; the same object for each call then. */
  read(image: KeptImage): ProcessSnapshot | undefined;
}

/** A life as long as lineage.ts has. Characters. */
const memory = { lifeUs: 600e6, limit: 4 * 2 ** 20, weigh: ({ argv = [] }: ProcessSnapshot) => measureArguments(argv) };

/** What an image takes besides its texts, in characters. */
const overhead = 256;

const isLong = (argv: readonly string[]): boolean => measureArguments(argv) > freeCharacters;

/** What is kept of a process beside long arguments takes so many characters. */
export function weighSnapshot({ argv = [], cgroups = [] }: ProcessSnapshot): number {
  return overhead + Math.min(freeCharacters, measureArguments(argv)) + measureArguments(cgroups);
}

/** Its base name is kept, and whether it is one text. */
function shorten(argv: readonly string[]): readonly string[] {
  if (!isLong(argv)) return argv;
  const first = (argv[0] ?? "").slice(-freeCharacters / 4);
  return argv.length === 1 ? [first] : [first, digestOf(argv)];
}

/** As its titles are told by; undefined where its arguments are not known. */
function programOf({ comm, argv }: ProcessSnapshot): Program | undefined {
  return argv && { comm, argv: shorten(argv) };
}

/** True where its arguments have been seen, whether they are kept or not. */
export const isKnown = ({ seen, digest }: KeptImage): boolean => seen?.argv !== undefined || digest !== undefined;

/** True where these are not the arguments of an image that is known. */
export const differs = (image: KeptImage, argv: readonly string[]): boolean =>
  haveChanged(image, image.seen?.argv, argv);

export function createImages(limits: { readonly lifeUs: number; readonly limit: number } = memory): Images {
  /** Sightings with long arguments, by numbers of their own. */
  const long = createRecentMap<ProcessSnapshot>({ ...memory, ...limits });
  const numbers = new WeakMap<KeptImage, number>();
  let count = 0;

  function numberOf(image: KeptImage): number {
    const number = numbers.get(image) ?? ++count;
    numbers.set(image, number);
    return number;
  }

  function learn(image: KeptImage, seen: ProcessSnapshot, nowUs: number): void {
    const { argv } = seen;
    image.program ??= programOf(seen);
    if (argv === undefined || !isLong(argv)) {
      image.seen = seen;
      return;
    }
    image.digest = digestOf(argv);
    image.seen = { ...seen, argv: undefined };
    long.set(numberOf(image), seen, nowUs);
  }

  return {
    create(owner, nowUs, seen) {
      const image: KeptImage = {
        ...{ owner, seen: undefined, digest: undefined, titledBy: undefined, movesChildren: false, program: undefined },
      };
      if (seen !== undefined) learn(image, seen, nowUs);
      return image;
    },
    learn,
    use(image, nowUs) {
      if (image.digest !== undefined) long.use(numberOf(image), nowUs);
    },
    read: (image) => (image.digest === undefined ? image.seen : (long.get(numberOf(image)) ?? image.seen)),
  };
}
