import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { missingFlags, youngGenerationFlag } from "../src/heap.ts";

const root = join(import.meta.dirname, "..");
const missing = (execArgv: string[], env: NodeJS.ProcessEnv = {}): readonly string[] => missingFlags({ execArgv, env });

test("the flag is missing where nobody has given a size", () => {
  expect(missing([])).toEqual([youngGenerationFlag]);
  expect(missing(["--no-warnings"], { NODE_OPTIONS: "--enable-source-maps" })).toEqual([youngGenerationFlag]);
});

test("a size that the user has chosen stays", () => {
  for (const name of ["max-semi-space-size", "max_semi_space_size", "min-semi-space-size"]) {
    expect(missing([`--${name}=16`])).toEqual([]);
    expect(missing([], { NODE_OPTIONS: `--no-warnings --${name}=16` })).toEqual([]);
  }
});

test("Node takes the flag from the environment too", () => {
  expect(process.allowedNodeEnvironmentFlags.has(youngGenerationFlag.replace(/=.*/, ""))).toBe(true);
});

test("the package's program gives the flag before the user's own", () => {
  const script = readFileSync(join(root, "packaging/taskstats-exporter.sh"), "utf8");
  expect(script).toContain(`NODE_OPTIONS="${youngGenerationFlag}\${NODE_OPTIONS:+ $NODE_OPTIONS}"`);
});
