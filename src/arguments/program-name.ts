/** The command by which to start this program again, for messages. In a clone of the repository it is not `taskstats-exporter`. */

import { basename, relative } from "node:path";

const installedName = "taskstats-exporter";

/** @param script the file that Node runs, from `process.argv[1]` @param directory the current directory */
export function nameProgram(script: string | undefined, directory: string): string {
  if (script === undefined || basename(script) === installedName) return installedName;
  const shorter = relative(directory, script);
  const shown = shorter === "" || shorter.startsWith("..") ? script : shorter;
  return `${script.endsWith(".ts") ? "npx tsx" : "node"} ${shown.includes(" ") ? JSON.stringify(shown) : shown}`;
}

/** The current directory; `/` where it was removed. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** The command by which to start this program. */
export const programName = nameProgram(process.argv[1], currentDirectory());
