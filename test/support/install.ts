/**
 * Copies the built program to where every user can run it. A clone in a home directory can be read by its owner
 * alone, and so can files that were made with a umask of 077. The copy has what the program needs when it runs, and
 * Node.js too where others cannot reach it.
 */

import { chmodSync, cpSync, mkdtempSync, readFileSync, readdirSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Installed } from "./program.ts";
import { repository } from "./shipped-queries.ts";

interface Lockfile {
  readonly packages: Readonly<Record<string, { readonly dev?: boolean }>>;
}

/** The folders of the installed packages that the program needs when it runs. */
function runtimePackages(): string[] {
  const lockfile = JSON.parse(readFileSync(join(repository, "node_modules/.package-lock.json"), "utf8")) as Lockfile;
  // TypeScript is installed because another package may use it. The program does not.
  return Object.entries(lockfile.packages).flatMap(([path, { dev }]) =>
    dev === true || path === "node_modules/typescript" ? [] : [path],
  );
}

/** As `chmod -R a+rX`. */
function openToAll(path: string): void {
  const { mode } = statSync(path);
  const isFolder = (mode & 0o170000) === 0o040000;
  chmodSync(path, mode | 0o444 | (isFolder || (mode & 0o100) !== 0 ? 0o111 : 0));
  if (isFolder) for (const name of readdirSync(path)) openToAll(join(path, name));
}

/** Whether every user can execute a file, by the modes of it and of the folders above. */
function isReachable(path: string): boolean {
  return (statSync(path).mode & 0o001) !== 0 && (path === "/" || isReachable(dirname(path)));
}

/** Copies the program into a temporary folder, which goes with the run of the tests. */
export function installForAll(): Installed {
  const folder = mkdtempSync(join(tmpdir(), "installed-"));
  const copy = (path: string): void => {
    cpSync(join(repository, path), join(folder, path), { recursive: true, dereference: true });
  };
  for (const path of ["dist", "package.json", ...runtimePackages()]) copy(path);
  const isShared = isReachable(process.execPath);
  const node = isShared ? process.execPath : join(folder, "node");
  if (!isShared) cpSync(process.execPath, node);
  openToAll(folder);
  return { node, main: join(folder, "dist/main.js") };
}
