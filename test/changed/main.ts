/**
 * Runs the tests of what has changed: since the last commit or, where nothing has, since this branch left main.
 * `npm run test:changed`; arguments are passed on to Jest. Other than `jest --onlyChanged`, which runs all that import
 * a changed file at any distance, it runs the nearest tests, and none that take minutes.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { selectTests, type Imports } from "./select.ts";

const git = (...args: readonly string[]): string[] =>
  spawnSync("git", args, { encoding: "utf8", maxBuffer: 2 ** 26 })
    .stdout.split("\n")
    .filter(Boolean);

/** Tracked and new files. */
const files = git("ls-files", "--cached", "--others", "--exclude-standard").filter((path) => existsSync(path));

function readImports(path: string): string[] {
  const text = readFileSync(path, "utf8");
  const specifiers = [...text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)"/g)].map(([, specifier = ""]) => specifier);
  return specifiers.map((specifier) => join(dirname(path), specifier));
}

const imports: Imports = new Map(
  files.filter((path) => path.endsWith(".ts")).map((path) => [path, readImports(path)] as const),
);

function findChanged(): string[] {
  const since = (commit: string): string[] => git("diff", "--name-only", commit);
  const uncommitted = [...since("HEAD"), ...git("ls-files", "--others", "--exclude-standard")];
  if (uncommitted.length > 0) return uncommitted;
  const [base = "HEAD"] = ["origin/main", "main"].flatMap((branch) => git("merge-base", "HEAD", branch));
  return since(base);
}

const changed = findChanged();
const { run, leftOut } = selectTests(changed, imports);
if (leftOut.length > 0) process.stdout.write(`left out, since they take minutes: npm test -- ${leftOut.join(" ")}\n`);
if (run.length === 0) {
  process.stdout.write(`no tests: ${changed.length} changed files\n`);
} else {
  const env = { ...process.env, NODE_OPTIONS: "--experimental-vm-modules" };
  const args = ["node_modules/jest/bin/jest.js", ...run, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { env, stdio: "inherit" }).status ?? 1;
}
