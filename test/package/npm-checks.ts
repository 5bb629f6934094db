/** Checks the package for npm, installed where npm finds no compiler. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { findProgram, run } from "../support/command.ts";
import type { Check } from "./check.ts";
import { saysItsVersion, servesAndCounts } from "./installed.ts";

/** A folder that npm installs to. */
export interface Prefix {
  readonly prefix: string;
  /** The file that is installed. */
  readonly packed: string;
  readonly version: string;
}

/** A PATH with node, npm and a shell: no compiler, no make, no python. */
function bareEnvironment({ prefix }: Prefix): Record<string, string> {
  const programs = join(prefix, "path");
  mkdirSync(programs, { recursive: true });
  for (const name of ["node", "npm", "sh"]) {
    const link = join(programs, name);
    if (!existsSync(link)) symlinkSync(findProgram(name) ?? name, link);
  }
  return { PATH: programs };
}

const homeOf = ({ prefix }: Prefix): string => join(prefix, "lib/node_modules/taskstats-exporter");
const commandOf = ({ prefix }: Prefix): string => join(prefix, "bin/taskstats-exporter");

const npm = (what: Prefix, ...args: string[]): Promise<string> =>
  run("npm", [...args, "--global", `--prefix=${what.prefix}`, "--no-audit", "--no-fund"], {
    env: bareEnvironment(what),
  });

async function installs(what: Prefix): Promise<void> {
  await npm(what, "install", what.packed, "--omit=dev");
  ok((lstatSync(join(homeOf(what), "dist/main.js")).mode & 0o111) !== 0, "dist/main.js is executable");
}

interface Manifest {
  readonly version: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

/**
 * Compares the versions of the program's dependencies. TypeScript, which one of these names for its types, must not
 * be installed.
 */
function installsTestedVersions(what: Prefix): { readonly packages: number } {
  const modules = join(homeOf(what), "node_modules");
  const read = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;
  const { dependencies = {} } = read(homeOf(what));
  const versions = Object.keys(dependencies).map((name) => [name, read(join(modules, name)).version] as const);
  deepEqual(Object.fromEntries(versions), dependencies);
  ok(!existsSync(join(modules, "typescript")), "TypeScript");
  return { packages: readdirSync(modules).length };
}

function holdsNoSources(what: Prefix): void {
  const own = readdirSync(homeOf(what), { recursive: true, encoding: "utf8" }).filter(
    (path) => !path.startsWith("node_modules"),
  );
  deepEqual(
    own.filter((path) => path.endsWith(".ts") || path.endsWith(".tsbuildinfo") || path.startsWith("test")),
    [],
  );
  for (const path of ["README.md", "LICENSE", "docs/operations.md", "deploy/systemd/taskstats-exporter.service"])
    ok(own.includes(path), path);
}

async function leavesNothing(what: Prefix): Promise<void> {
  await npm(what, "uninstall", "taskstats-exporter");
  equal(existsSync(commandOf(what)), false);
  deepEqual(readdirSync(join(what.prefix, "lib/node_modules")), []);
}

export const npmChecks: readonly Check<Prefix>[] = [
  { title: "npm install --global FILE --omit=dev installs it without a compiler in PATH", verify: installs },
  {
    title: "brings what the program imports in the versions that were tested, and no compiler",
    verify: installsTestedVersions,
  },
  { title: "holds documents and units, and no sources", verify: holdsNoSources },
  { title: "says its version", verify: (what) => saysItsVersion([commandOf(what)], what.version) },
  {
    title: "serves, and counts short-lived processes",
    verify: (what) => servesAndCounts([commandOf(what)], { ...process.env, ...bareEnvironment(what) }),
  },
  { title: "npm uninstall leaves nothing", verify: leavesNothing },
];
