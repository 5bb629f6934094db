/**
 * Bounds the memory for the arguments of live processes. Rules match the arguments once; later only forked children need them, and
 * a process that exits under another command name. Short arguments are always kept, long ones while there is room. Beyond that only
 * a digest is kept, which tells whether they change; a process that needs the arguments is then unidentified, never guessed.
 */

import { createHash } from "node:crypto";
import type { ProcessFacts } from "../classify/process-facts.ts";

/** What is kept of the arguments of one process. */
export interface KeptArguments {
  /** Characters that the process takes of the common room. */
  characters: number;
  /** Digest of the arguments, where there was no room for them. */
  digest: string | undefined;
}

export interface ArgumentStore {
  /** Returns the facts to keep: without arguments where there is no room for them. @param kept is updated */
  keep(kept: KeptArguments, facts: ProcessFacts): ProcessFacts;
  /** Gives the room back. Call it when the process has exited. */
  release(kept: KeptArguments): void;
}

/** Arguments up to this size are always kept. In characters, by `measureArguments`. */
export const freeCharacters = 4096;

/** Room for all longer arguments together, in characters. */
const room = 8 * 2 ** 20;

/** What one argument takes besides its text, in characters. */
const overhead = 24;

/** The size of arguments in memory, in characters. */
export const measureArguments = (argv: readonly string[]): number =>
  argv.reduce((sum, { length }) => sum + length + overhead, 0);

/** A digest that stands for arguments that are not kept. */
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

/** True where `argv` differs from the arguments that are kept, or from those that have the kept digest. */
export function haveChanged(
  kept: Pick<KeptArguments, "digest">,
  keptArgv: ProcessFacts["argv"],
  argv: readonly string[],
): boolean {
  if (kept.digest !== undefined) return digestOf(argv) !== kept.digest;
  return keptArgv?.length !== argv.length || argv.some((argument, index) => argument !== keptArgv[index]);
}
