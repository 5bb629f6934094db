/**
 * The image that the Dockerfile's BASE names, made of this machine's own parts, for where no registry of images is within
 * reach: Debian by debootstrap, with the node that runs this and its npm. Kept in the user's cache as a tar file.
 */

import { copyFileSync, cpSync, existsSync, mkdirSync, realpathSync, renameSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { findMirror } from "../../debian/apt.ts";
import { findProgram, run } from "../../support/command.ts";
import { cacheDirectory, withFolder } from "../../support/cache-folder.ts";

/** The oldest Debian whose libraries Node.js' own builds of today run with: what runs on it runs on newer ones. */
const suite = "bookworm";

/** Puts node and npm where Node.js' own image has them. */
function addNode(root: string): void {
  const npm = findProgram("npm");
  if (npm === undefined) throw new Error("npm: want it in PATH, got none");
  const modules = join(root, "usr/local/lib/node_modules");
  mkdirSync(modules, { recursive: true });
  copyFileSync(process.execPath, join(root, "usr/local/bin/node"));
  cpSync(dirname(dirname(realpathSync(npm))), join(modules, "npm"), { recursive: true });
  symlinkSync("../lib/node_modules/npm/bin/npm-cli.js", join(root, "usr/local/bin/npm"));
}

function makeBase(file: string, signal: AbortSignal | undefined): Promise<void> {
  return withFolder("base", async (folder) => {
    const root = join(folder, "root");
    const options = ["--variant=minbase", "--include=libcap2-bin"];
    await run("debootstrap", [...options, suite, root, findMirror()], { signal });
    addNode(root);
    const tar = join(folder, "root.tar");
    await run("tar", ["-C", root, "-cf", tar, "."], { signal });
    renameSync(tar, file);
  });
}

/** @returns the tar file of the base's root, which is made unless the cache has it: some 300 MB, a minute */
export async function cachedBase(signal?: AbortSignal): Promise<string> {
  const file = join(cacheDirectory(), `base-${suite}-node-${process.version}-${process.arch}.tar`);
  if (!existsSync(file)) await makeBase(file, signal);
  return file;
}
