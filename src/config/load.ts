/** From a configuration file to what it decides. All that is wrong is reported at once. */

import * as v from "valibot";

import { ExporterError } from "../base/errors.ts";
import { openYaml, type YamlSource } from "../yaml/source.ts";
import { readValue, type Located } from "../yaml/value.ts";
import { complainOf } from "./complaint.ts";
import type { Config } from "./config.ts";
import { findDeadRules, type DeadRule } from "./dead-rules.ts";
import { readConfig } from "./file.ts";
import { findLostMatches } from "./lost-matches.ts";
import { configSchema } from "./schema.ts";

/** Reads and understands a file. @throws ExporterError CONFIG, with all that is wrong in `faults` */
export function loadConfig(path: string): Config {
  return parseConfig(readConfig(path), path);
}

/** Understands a configuration's text; `file` is its name in errors and warnings. @throws ExporterError CONFIG */
export function parseConfig(text: string, file: string): Config {
  const source = openYaml(text, file);
  const root = source.broken ? undefined : readValue(source);
  const result = root === undefined ? undefined : v.safeParse(configSchema, root.value);
  if (root !== undefined) for (const issue of result?.issues ?? []) complainOf(issue, root, source);
  const [first, ...others] = source.complaints();
  if (first !== undefined) throw new ExporterError("CONFIG", first, others);
  if (root === undefined || result?.success !== true) {
    throw new ExporterError("CONFIG", { where: file, want: "a configuration", got: "an empty file" });
  }
  return { ...result.output, warnings: warningsOf(result.output.rules, root, source) };
}

function warningsOf(rules: Config["rules"], root: Located, source: YamlSource): string[] {
  const located = root.entries?.get("process_names")?.at.items ?? [];
  const whereOf: WhereOf = (rule, path = [], at) => {
    const from = located[rule];
    const node = path.reduce((parent, key) => parent?.entries?.get(key)?.at, from)?.node ?? from?.node;
    return node === undefined ? `rule ${rule + 1}` : source.locate(node, at);
  };
  const dead = findDeadRules(rules).map(
    (dead) => `${whereOf(dead.rule)}: this rule never matches: ${reasonOf(dead, whereOf)}`,
  );
  const lost = findLostMatches(rules).map(({ rule, path, at, reason }) => `${whereOf(rule, path, at)}: ${reason}`);
  // What several rules share by an alias is said once.
  return [...new Set([...dead, ...lost])];
}

/** `file:line:column` of a rule, or of a character of a value within it. */
type WhereOf = (rule: number, path?: readonly string[], at?: number) => string;

function reasonOf({ reason, shadowedBy }: DeadRule, whereOf: WhereOf): string {
  return shadowedBy === undefined ? String(reason) : `the rule at ${whereOf(shadowedBy)} asks for the same`;
}
