/**
 * Keeps the heap small. Left alone, V8 takes some 40 MB more, most of it garbage: its young generation grows to 48 MB, and the old one to
 * several times what is in use before it is collected. The figures are in bench/README.md.
 */

import { setFlagsFromString } from "node:v8";

/** Node's flag for one of the three parts of the young generation, in MiB. It counts only where it is given at the start. */
export const youngGenerationFlag = "--max-semi-space-size=2";

/** Whether Node was started with a size for its young generation. @param execArgv Node's own flags */
function hasYoungGenerationFlag(execArgv: readonly string[], { NODE_OPTIONS = "" }: NodeJS.ProcessEnv): boolean {
  return [...execArgv, NODE_OPTIONS].some((flags) => /--(max|min)[-_]semi[-_]space[-_]size\b/.test(flags));
}

/** A command line that starts with the path of Node, with the flag for the young generation unless it has such a flag. */
export function withYoungGenerationFlag<Argument>(
  commandLine: readonly Argument[],
  encode: (flag: string) => Argument,
  { execArgv, env }: Pick<NodeJS.Process, "execArgv" | "env"> = process,
): readonly Argument[] {
  if (hasYoungGenerationFlag(execArgv, env)) return commandLine;
  const [node, ...others] = commandLine;
  return node === undefined ? [] : [node, encode(youngGenerationFlag), ...others];
}

/** Lets the old generation grow by half before it is collected again. */
export function collectSooner(): void {
  setFlagsFromString("--heap-growing-percent=50");
}
