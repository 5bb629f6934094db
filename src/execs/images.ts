/**
 * The images of lineage.ts. Each image is kept once, however many processes were forked from it. Its memory is bounded, as in
 * kept-arguments.ts for live processes: short arguments stay as long as the image. Long arguments stay while there is room for
 * them; then only a digest is left, and a process that needs the arguments is unidentified.
 */

import type { ProcessSnapshot } from "./exec-watcher.ts";
import { digestOf, freeCharacters, haveChanged, measureArguments } from "./kept-arguments.ts";
import { createRecentMap } from "./recent-map.ts";
import type { Program } from "./titles.ts";

/** An image as it is kept. An image that nobody has seen yet has only an owner. */
export interface KeptImage {
  /** The snapshot, without long arguments. Undefined while nobody has seen the image. */
  seen: ProcessSnapshot | undefined;
  /** Digest of long arguments. */
  digest: string | undefined;
  /** The process whose snapshot tells what the image is. */
  readonly owner: number;
  titledBy: number | undefined;
  movesChildren: boolean;
  /** The program under which titles.ts knows it. An image with a title has the program of the image that it was forked from. */
  program: Program | undefined;
}

export interface Images {
  create(owner: number, nowUs: number, seen?: ProcessSnapshot): KeptImage;
  /** Notes a snapshot of an image. */
  learn(image: KeptImage, seen: ProcessSnapshot, nowUs: number): void;
  /** Keeps the long arguments for another life. Call it when a process was forked from the image. */
  use(image: KeptImage, nowUs: number): void;
  /** The snapshot, with long arguments while they are kept. Each call returns the same object as long as nothing changes. */
  read(image: KeptImage): ProcessSnapshot | undefined;
}

/** The limits of long arguments: they live as long as an image in lineage.ts. Weights are characters. */
const memory = { lifeUs: 600e6, limit: 4 * 2 ** 20, weigh: ({ argv = [] }: ProcessSnapshot) => measureArguments(argv) };

/** What an image takes besides its texts, in characters. */
const overhead = 256;

const isLong = (argv: readonly string[]): boolean => measureArguments(argv) > freeCharacters;

/** How much memory a snapshot takes without long arguments, in characters. */
export function weighSnapshot({ argv = [], cgroups = [] }: ProcessSnapshot): number {
  return overhead + Math.min(freeCharacters, measureArguments(argv)) + measureArguments(cgroups);
}

/** Shortens long arguments to what titles.ts needs: the end of argv[0] with the base name, and whether there are others. */
function shorten(argv: readonly string[]): readonly string[] {
  if (!isLong(argv)) return argv;
  const first = (argv[0] ?? "").slice(-freeCharacters / 4);
  return argv.length === 1 ? [first] : [first, digestOf(argv)];
}

/** The program under which titles.ts knows a snapshot; undefined where nobody has seen its arguments. */
function programOf({ comm, argv }: ProcessSnapshot): Program | undefined {
  return argv && { comm, argv: shorten(argv) };
}

/** True where the arguments of the image have been seen, whether they are kept or not. */
export const isKnown = ({ seen, digest }: KeptImage): boolean => seen?.argv !== undefined || digest !== undefined;

/** True where these are not the arguments of the image. The image must be known. */
export const differs = (image: KeptImage, argv: readonly string[]): boolean =>
  haveChanged(image, image.seen?.argv, argv);

export function createImages(limits: { readonly lifeUs: number; readonly limit: number } = memory): Images {
  /** Snapshots with long arguments, by the number of their image. */
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
      const unknown = { seen: undefined, digest: undefined, titledBy: undefined, program: undefined };
      const image: KeptImage = { owner, ...unknown, movesChildren: false };
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
