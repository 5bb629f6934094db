/** Makes guests of this machine's processor, from its Node.js and the installed packages. */

import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findProgram } from "../support/command.ts";
import type { GuestParts } from "./guest-parts.ts";

const project = fileURLToPath(new URL("../..", import.meta.url));
const inProject = (path: string): string => join(project, path);

function copyBinary(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(realpathSync(from), to);
  chmodSync(to, 0o755);
}

/** The libraries that ldd(1) names, the loader included. */
function librariesOf(binary: string): string[] {
  const text = execFileSync("ldd", [binary], { encoding: "utf8" });
  return [...text.matchAll(/(?:=>\s*|^\s*)(\/\S+) \(0x/gm)].map(([, path = ""]) => path);
}

interface LockedPackage {
  readonly dev?: boolean;
}

/**
 * The folders of the packages that the exporter needs at run time. A package that this platform does not install has
 * none.
 */
function productionPackages(): string[] {
  const lock = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, LockedPackage>>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev }]) => path !== "" && dev !== true && existsSync(inProject(path)))
    .map(([path]) => path);
}

export const ownParts: GuestParts = {
  processor: "amd64",
  compiler: "cc",
  async addBusybox(path) {
    copyBinary(findProgram("busybox") ?? "busybox", path);
    return Promise.resolve();
  },
  async addNode(root, path) {
    copyBinary(process.execPath, path);
    for (const library of librariesOf(process.execPath)) copyBinary(library, join(root, library));
    return Promise.resolve();
  },
  async addExporter(folder) {
    cpSync(inProject("dist"), join(folder, "dist"), { recursive: true });
    cpSync(inProject("package.json"), join(folder, "package.json"));
    for (const path of productionPackages()) {
      // Nested packages are in the list themselves.
      const filter = (from: string): boolean => basename(from) !== "node_modules";
      cpSync(inProject(path), join(folder, path), { recursive: true, filter });
    }
    return Promise.resolve();
  },
};
