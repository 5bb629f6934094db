/** How this program was started, as somebody would type it again: a clone has no command `taskstats-exporter`. */

import { basename, relative } from "node:path";

const installedName = "taskstats-exporter";

/** @param script the file that Node was given, as `process.argv[1]` has it */
export function nameProgram(script: string | undefined, directory: string): string {
  if (script === undefined || basename(script) === installedName) return installedName;
  const shorter = relative(directory, script);
  const shown = shorter === "" || shorter.startsWith("..") ? script : shorter;
  return `${script.endsWith(".ts") ? "npx tsx" : "node"} ${shown.includes(" ") ? JSON.stringify(shown) : shown}`;
}

/** The directory may be gone. */
function currentDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}

/** What to type to start this program. */
export const programName = nameProgram(process.argv[1], currentDirectory());
