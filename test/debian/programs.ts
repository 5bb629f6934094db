/**
 * Finds programs for tests: the machine's own, or those of a Debian suite, unpacked into the cache and never
 * installed. Once a program is in the cache the network is not used.
 */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { cacheDirectory } from "../support/cache-folder.ts";
import { findProgram } from "../support/command.ts";
import { spawnSync } from "../support/processes.ts";
import { runVariable } from "../support/run/leftovers.js";
import { findMirror } from "./apt.ts";
import { fetchIndex } from "./archive.ts";
import { unpackPackages } from "./packages.ts";

/** Suites whose programs run on Debian's stable releases. Of sid only programs in Go do. */
export type Suite = "bookworm" | "trixie" | "sid";

/** A program that a test needs. */
export interface WantedProgram {
  /** The Debian package that has the program. */
  readonly package: string;
  readonly program: string;
  /** The suite whose version it must be. Where it is left out, the machine's own program is used, or else bookworm's. */
  readonly suite?: Suite;
}

/** A program, or the reason why there is none. */
export interface FoundProgram {
  /** The path to run; only the name where there is an obstacle. */
  readonly path: string;
  /** Why there is no such program here; undefined where there is one. */
  readonly obstacle: string | undefined;
}

/** Where programs are kept and where they come from. By default the user's cache, and the mirror of the machine's apt. */
export interface ProgramSource {
  readonly cache?: string;
  readonly mirror?: string;
}

/** The folders in which Debian's packages have programs. */
const folders = ["usr/bin", "usr/sbin", "bin", "sbin"];

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const findIn = (root: string, program: string): string | undefined =>
  folders.map((folder) => join(root, folder, program)).find((file) => existsSync(file));

/** Makes a text, or an error, once in a run of the tests: the files of tests ask one after the other. */
async function oncePerRun(name: string, make: () => Promise<string>): Promise<string> {
  const run = process.env[runVariable];
  if (run === undefined) return make();
  const [file, failure] = [join(run, name), join(run, `${name}.error`)];
  if (existsSync(failure)) throw new Error(readFileSync(failure, "utf8"));
  if (existsSync(file)) return readFileSync(file, "utf8");
  try {
    const text = await make();
    writeFileSync(file, text);
    return text;
  } catch (error) {
    writeFileSync(failure, messageOf(error));
    throw error;
  }
}

/** @throws Error where it lacks a library, or is for another machine */
function tryProgram(path: string): void {
  const { error, status, stderr } = spawnSync(path, ["--help"], { encoding: "utf8", timeout: 30_000 });
  if (error !== undefined) throw error;
  // The dynamic loader says so. A program that does not know --help exits with 1 or 2.
  if (status === 127 || /error while loading shared libraries|version `GLIBC/.test(stderr))
    throw new Error(stderr.trim());
}

/** Unpacks a package into a temporary folder, and renames that when it is complete. */
async function unpack(wanted: Required<WantedProgram>, root: string, mirror: string): Promise<void> {
  const { suite, package: name, program } = wanted;
  const downloads = mkdtempSync(`${root}.`);
  const aside = join(downloads, "root");
  try {
    const readIndex = (...index: readonly [string, string]): Promise<string> =>
      oncePerRun(`index-${suite}`, () => fetchIndex(mirror, ...index));
    await unpackPackages({ mirror, downloads, readIndex }, { suite, names: [name], root: aside });
    const found = findIn(aside, program);
    if (found === undefined) throw new Error(`${suite}: want ${program} in the package ${name}, got none`);
    chmodSync(found, 0o755);
    tryProgram(found);
    // Where another process was faster, its folder is kept.
    if (!existsSync(root)) renameSync(aside, root);
  } catch (error) {
    if (findIn(root, program) === undefined) throw error;
  } finally {
    rmSync(downloads, { recursive: true, force: true });
  }
}

/**
 * Finds a program, and fetches it where the machine does not have it. Two processes may do so at once.
 *
 * @returns never rejects: the result has the obstacle
 */
export async function findDebianProgram(wanted: WantedProgram, source: ProgramSource = {}): Promise<FoundProgram> {
  const { package: name, program, suite = "bookworm" } = wanted;
  const own = wanted.suite === undefined ? findProgram(program) : undefined;
  if (own !== undefined) return { path: own, obstacle: undefined };
  try {
    const cache = join(source.cache ?? cacheDirectory(), "programs");
    const root = join(cache, `${suite}-${name}`);
    mkdirSync(cache, { recursive: true });
    if (findIn(root, program) === undefined)
      await unpack({ ...wanted, suite }, root, source.mirror ?? findMirror("/etc/apt", ""));
    const path = findIn(root, program);
    if (path === undefined) throw new Error(`${root}: want ${program}, got none; remove the folder`);
    return { path, obstacle: undefined };
  } catch (error) {
    const reason = messageOf(error).split("\n", 1)[0] ?? "";
    return {
      path: program,
      obstacle: `${program} is missing, and cannot be fetched from Debian's ${suite}: ${reason}`,
    };
  }
}
