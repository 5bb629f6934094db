import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { withYoungGenerationFlag, youngGenerationFlag } from "../src/heap.ts";

const root = join(import.meta.dirname, "..");
const commandLine = ["node", "main.js", "once"];
const flagged = (execArgv: string[], env: NodeJS.ProcessEnv = {}): readonly string[] =>
  withYoungGenerationFlag(commandLine, (flag) => flag, { execArgv, env });

test("the flag comes after the path of node", () => {
  expect(flagged([])).toEqual(["node", youngGenerationFlag, "main.js", "once"]);
  expect(flagged(["--no-warnings"], { NODE_OPTIONS: "--enable-source-maps" })).toContain(youngGenerationFlag);
});

test("a size that the user has chosen stays", () => {
  for (const name of ["max-semi-space-size", "max_semi_space_size", "min-semi-space-size"]) {
    expect(flagged([`--${name}=16`])).toBe(commandLine);
    expect(flagged([], { NODE_OPTIONS: `--no-warnings --${name}=16` })).toBe(commandLine);
  }
});

test("Node takes the flag from the environment too", () => {
  expect(process.allowedNodeEnvironmentFlags.has(youngGenerationFlag.replace(/=.*/, ""))).toBe(true);
});

test("the package's program gives the flag before the user's own", () => {
  const script = readFileSync(join(root, "packaging/taskstats-exporter.sh"), "utf8");
  expect(script).toContain(`NODE_OPTIONS="${youngGenerationFlag}\${NODE_OPTIONS:+ $NODE_OPTIONS}"`);
});
