/** Folders for trees of files in which other programs mount file systems. */

import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { run } from "./command.ts";

/** The project's folder in the user's cache; it is made where it is missing. */
export function cacheDirectory(): string {
  const root = process.env["XDG_CACHE_HOME"];
  const folder = join(root !== undefined && root !== "" ? root : join(homedir(), ".cache"), "taskstats-exporter");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return folder;
}

/**
 * Removes a tree. An interrupted run may have left file systems mounted in it: they are unmounted first, so that
 * no file in them is removed.
 */
async function removeTree(folder: string): Promise<void> {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[4] ?? "")
    .filter((point) => point.startsWith(`${folder}/`));
  for (const point of points.reverse()) await run("umount", [point]);
  await run("rm", ["-rf", "--one-file-system", folder]);
}

/** Gives `use` a folder in the cache, which has room for gigabytes, and removes it afterwards. */
export async function withFolder<Result>(name: string, use: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = mkdtempSync(join(cacheDirectory(), `${name}-`));
  try {
    return await use(folder);
  } finally {
    await removeTree(folder);
  }
}
