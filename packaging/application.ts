/** The program with the packages that it needs to run, for one processor, as a tree of files. */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assetNames } from "../src/http/pages/assets.ts";
import { run } from "./command.ts";
import { productionLock, productionManifest, type Lock, type Manifest } from "./manifest.ts";
import type { Processor } from "./processor.ts";
import { listFiles } from "./tree.ts";

/** No script of a package is ever run: native packages ship their binaries. */
const installFlags = ["--ignore-scripts", "--no-audit", "--no-fund"];

const readJson = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));
const writeJson = (path: string, value: unknown): void => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/** @returns the project's package.json */
export const readManifest = (project: string): Manifest => readJson(join(project, "package.json")) as Manifest;

/** Installs the packages of a lock file for one processor; npm checks the sum of each. */
export async function installLocked(folder: string, { node }: Processor): Promise<void> {
  await run("npm", ["ci", ...installFlags, "--os=linux", "--libc=glibc", `--cpu=${node}`], { cwd: folder });
}

/** Compiles the program into a new folder: an old `dist` may hold files whose source is gone. */
export async function buildProgram(project: string, output: string): Promise<void> {
  const compiler = join(project, "node_modules/typescript/bin/tsc");
  const flags = ["-p", join(project, "src"), "--outDir", output, "--incremental", "false", "--tsBuildInfoFile", "null"];
  await run(process.execPath, [compiler, ...flags]);
  mkdirSync(join(output, "browser"), { recursive: true });
  for (const name of assetNames) cpSync(join(project, "src/browser", name), join(output, "browser", name));
  // main.js is executable in all packages.
  await run("chmod", ["755", join(output, "main.js")]);
}

/** Writes package.json and package-lock.json without the parts for development. */
export function writeManifests(project: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  cpSync(join(project, ".npmrc"), join(folder, ".npmrc"));
  writeJson(join(folder, "package.json"), productionManifest(readManifest(project)));
  writeJson(join(folder, "package-lock.json"), productionLock(readJson(join(project, "package-lock.json")) as Lock));
}

/**
 * Files that nothing reads at run time: types, source maps, other processors' binaries, and links to packages'
 * commands.
 */
function isSuperfluous(path: string, { node }: Processor): boolean {
  if (path.startsWith("node_modules/.bin/") || path === "node_modules/.package-lock.json") return true;
  if (/\.[cm]?ts$|\.map$/.test(path)) return true;
  if (path.startsWith("node_modules/netlink/prebuilds/")) return !path.includes(`/linux-${node}/`);
  return path.endsWith(".node") && path.includes("musl");
}

/**
 * Makes the tree: package.json, dist, node_modules.
 *
 * @param built the compiled program
 * @returns what npm says of the packages, as CycloneDX
 */
export async function stageApplication(
  folder: string,
  { project, built, processor }: { readonly project: string; readonly built: string; readonly processor: Processor },
): Promise<unknown> {
  writeManifests(project, folder);
  await installLocked(folder, processor);
  const bom: unknown = JSON.parse(await run("npm", ["sbom", "--sbom-format=cyclonedx"], { cwd: folder }));
  for (const path of listFiles(folder)) if (isSuperfluous(path, processor)) rmSync(join(folder, path));
  for (const name of ["node_modules/.bin", "package-lock.json", ".npmrc"])
    rmSync(join(folder, name), { recursive: true, force: true });
  cpSync(built, join(folder, "dist"), { recursive: true });
  return bom;
}
