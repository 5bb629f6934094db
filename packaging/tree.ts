/** Makes trees of files depend neither on the user nor on the time. */

import { chmodSync, lstatSync, lutimesSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Keeps of a file's mode only whether it may be executed. */
const modeOf = (mode: number, isFolder: boolean): number => (isFolder || (mode & 0o100) !== 0 ? 0o755 : 0o644);

/** Gives all of a tree, its root included, one time and modes that do not depend on the umask. */
export function normaliseTree(path: string, epochSeconds: number): void {
  const stat = lstatSync(path);
  if (stat.isDirectory()) for (const name of readdirSync(path)) normaliseTree(join(path, name), epochSeconds);
  if (!stat.isSymbolicLink()) chmodSync(path, modeOf(stat.mode, stat.isDirectory()));
  lutimesSync(path, epochSeconds, epochSeconds);
}

/** Paths of all files below a folder, relative to it and sorted. Links are neither followed nor listed. */
export function listFiles(root: string, below = ""): string[] {
  const entries = readdirSync(join(root, below), { withFileTypes: true });
  const paths = entries.flatMap((entry) => {
    const path = join(below, entry.name);
    if (entry.isDirectory()) return listFiles(root, path);
    return entry.isFile() ? [path] : [];
  });
  return paths.sort();
}
