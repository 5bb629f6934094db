/**
 * How much of processes' arguments is kept. Rules match against the whole text once; later it is asked for only by forked children
 * and by a process that ends under another command. So short ones are kept, long ones as long as all of them together are not too
 * long, and of what is beyond only a digest, which tells whether they change: who needs more is unidentified then, never guessed.
 */

import { createHash } from "node:crypto";
import type { ProcessFacts } from "../classify/process-facts.ts";

/** What is kept of one process's arguments. */
export interface KeptArguments {
  /** Of the common room. */
  characters: number;
  /** Set where the arguments were too long to be kept. */
  digest: string | undefined;
}

export interface ArgumentStore {
  /** What is to be kept of a process instead of `identity`. @param kept is brought up to date */
  keep(kept: KeptArguments, facts: ProcessFacts): ProcessFacts;
  /** A process has ended. */
  release(kept: KeptArguments): void;
}

/** Characters, with what each argument takes, that a process may keep at any time. */
export const freeCharacters = 4096;

/** Characters that all longer ones together may keep. */
const room = 8 * 2 ** 20;

/** What an argument takes besides its characters, in characters. */
const overhead = 24;

/** What arguments take, in characters. */
export const measureArguments = (argv: readonly string[]): number =>
  argv.reduce((sum, { length }) => sum + length + overhead, 0);

/** Stands for arguments that are too long to be kept. */
export const digestOf = (argv: readonly string[]): string =>
  createHash("sha1").update(argv.join("\0")).digest("base64");

export function createArgumentStore(
  limits: { readonly free: number; readonly room: number } = { free: freeCharacters, room },
): ArgumentStore {
  let used = 0;

  function release(kept: KeptArguments): void {
    used -= kept.characters;
    kept.characters = 0;
    kept.digest = undefined;
  }

  return {
    keep(kept, facts) {
      const { argv } = facts;
      release(kept);
      if (argv === undefined) return facts;
      const characters = measureArguments(argv);
      if (characters <= limits.free) return facts;
      if (used + characters <= limits.room) {
        kept.characters = characters;
        used += characters;
        return facts;
      }
      kept.digest = digestOf(argv);
      return { ...facts, argv: undefined };
    },
    release,
  };
}

/** True where these are not the arguments that are kept, or of which the digest is. */
export function haveChanged(
  kept: Pick<KeptArguments, "digest">,
  recentlyExited: ProcessFacts["argv"],
  argv: readonly string[],
): boolean {
  if (kept.digest !== undefined) return digestOf(argv) !== kept.digest;
  return recentlyExited?.length !== argv.length || argv.some((argument, index) => argument !== recentlyExited[index]);
}
