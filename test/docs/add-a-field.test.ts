/** The recipe "Add a field" of CONTRIBUTING.md, made in a copy of the tree as it is written. */

import { beforeAll, expect, test } from "@jest/globals";
import { cpSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { codeSpansOf, fencesOf, sectionOf } from "../support/markdown.ts";
import { spawn } from "../support/processes.ts";
import { outcomeOf, type Outcome } from "../support/program.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const recipe = sectionOf(readFileSync(join(root, "CONTRIBUTING.md"), "utf8"), "## One change: add a field");
const commands = codeSpansOf(recipe).filter((text) => text.startsWith("npm "));

/** A change of one file: the lines as they are, and as they must become. */
interface Change {
  readonly file: string;
  readonly before: string;
  readonly after: string;
}

const changes: readonly Change[] = fencesOf(recipe)
  .filter(({ language }) => language === "diff")
  .map(({ text, before }) => {
    const lines = text.split("\n");
    const without = (sign: string): string =>
      lines
        .filter((line) => !line.startsWith(sign))
        .map((line) => `${line.slice(1)}\n`)
        .join("");
    const file = codeSpansOf(before).findLast((span) => /^\w+\/.*\.ts$/.test(span)) ?? "";
    return { file, before: without("+"), after: without("-") };
  });

let copy = "";

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), "add-a-field-"));
  const left = [".git", "dist", "node_modules", "packages"].map((name) => join(root, name));
  cpSync(root, copy, { recursive: true, filter: (path) => !left.includes(path) });
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const { file, before, after } of changes) {
    const path = join(copy, file);
    const [head = "", tail, ...more] = `\n${readFileSync(path, "utf8")}`.split(`\n${before}`);
    if (tail === undefined || more.length > 0) throw new Error(`${file} has not, or more than once:\n${before}`);
    writeFileSync(path, `${head}\n${after}${tail}`.slice(1));
  }
});

/** Runs a program in the copy. Only Jest may have NODE_OPTIONS. */
function run(command: string, args: readonly string[], options = ""): Promise<Outcome> {
  return outcomeOf(spawn(command, args, { cwd: copy, env: { ...process.env, NODE_OPTIONS: options } }));
}

test("changes the files that it names", () => {
  expect(changes.map(({ file }) => file)).toEqual([
    "src/fields/fields.ts",
    "src/taskstats/layout.ts",
    "test/support/struct-declarations.ts",
    "test/fields/fields.test.ts",
    "src/fields/group-metrics.ts",
    "docs/queries.ts",
  ]);
  expect(commands.map((command) => command.split(" -- ")[0])).toEqual([
    "npm run docs",
    "npm run check:types",
    "npm test",
  ]);
});

test("leaves documents that have the new field and metric", async () => {
  const { status, stderr } = await run("npm", ["run", "docs"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  const metrics = readFileSync(join(copy, "docs/metrics.md"), "utf8");
  expect(metrics).toContain("taskstats_foo_seconds_total");
  expect(metrics).toContain("`foo_total`");
});

test("leaves a tree that the compiler accepts and whose named tests pass", async () => {
  const paths = commands.at(-1)?.split(" ").slice(3) ?? [];
  expect(paths.length).toBeGreaterThan(3);
  // As check:types does, but only what the recipe changes or names: the whole tree takes more than twice the time.
  const include = [
    "src",
    "docs/queries.ts",
    ...paths.map((path) => `${path}*`),
    ...paths.map((path) => `${path}/**/*`),
  ];
  writeFileSync(join(copy, "tsconfig.part.json"), JSON.stringify({ extends: "./tsconfig.json", include }));
  const jest = [relative(root, join(root, "node_modules/jest/bin/jest.js")), "--maxWorkers=1", ...paths];
  const [types, tests] = await Promise.all([
    run("npm", ["run", "check:types", "--", "-p", "tsconfig.part.json"]),
    run(process.execPath, jest, "--experimental-vm-modules"),
  ]);
  expect({ status: types.status, stdout: types.stdout }).toMatchObject({ status: 0 });
  expect({ status: tests.status, stderr: tests.stderr }).toMatchObject({ status: 0 });
  expect(tests.stderr).toContain("struct-writer.test.ts");
});
