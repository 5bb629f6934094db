/** Folders for trees of files in which other programs mount file systems. */

import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";

/** The user's cache of this program; it is made. */
export function cacheDirectory(): string {
  const root = process.env["XDG_CACHE_HOME"];
  const folder = join(root !== undefined && root !== "" ? root : join(homedir(), ".cache"), "taskstats-exporter");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/** Removes a tree, though what was interrupted left file systems mounted in it: of those nothing must be removed. */
async function removeTree(folder: string): Promise<void> {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) await run("umount", [point]);
  await run("rm", ["-rf", "--one-file-system", folder]);
}

/** Gives `use` a folder in the cache, which may take gigabytes, and removes it afterwards with all that is in it. */
export async function withFolder<Result>(name: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(cacheDirectory(), `${name}-`));
  try {
    return await use(folder);
  } finally {
    await removeTree(folder);
  }
}
