/**
 * Keeps the heap small. Left alone, V8 takes some 40 MB more, most of it garbage: its young generation grows to 48 MB, and the old one to
 * several times what is in use before it is collected. The figures are in bench/README.md.
 */

import { setFlagsFromString } from "node:v8";

/** Node's flag for one of the three parts of the young generation, in MiB. It counts only where it is given at the start. */
export const youngGenerationFlag = "--max-semi-space-size=2";

/** The flags with which Node should have been started: none where it was given a size for its young generation. */
export function missingFlags({ execArgv, env }: Pick<NodeJS.Process, "execArgv" | "env"> = process): readonly string[] {
  const given = [...execArgv, env["NODE_OPTIONS"] ?? ""];
  const hasSize = given.some((flags) => /--(max|min)[-_]semi[-_]space[-_]size\b/.test(flags));
  return hasSize ? [] : [youngGenerationFlag];
}

/** Lets the old generation grow by half before it is collected again. */
export function collectSooner(): void {
  setFlagsFromString("--heap-growing-percent=50");
}
