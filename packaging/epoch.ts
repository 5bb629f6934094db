/**
 * The one time that all files in a package have. It is the source's, so that the bytes do not depend on when a
 * package is made.
 */

import { run } from "./command.ts";

/**
 * @param project the clone
 * @returns seconds since 1970: SOURCE_DATE_EPOCH where it is set, else the time of the last commit
 * @throws Error where there is neither
 */
export async function readSourceEpoch(project: string, env: NodeJS.ProcessEnv): Promise<number> {
  const given = env["SOURCE_DATE_EPOCH"];
  const text = given ?? (await run("git", ["-C", project, "log", "-1", "--format=%ct"])).trim();
  if (/^\d+$/.test(text)) return Number(text);
  throw new Error(`SOURCE_DATE_EPOCH: want seconds since 1970, got ${text === "" ? "nothing" : text}`);
}
