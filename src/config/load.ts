/** From a configuration file to what it decides. All that is wrong is reported at once. */

import * as v from "valibot";

import { ExporterError } from "../base/errors.ts";
import { openYaml, type YamlSource } from "../yaml/source.ts";
import { readValue, type Located } from "../yaml/value.ts";
import { complainOf } from "./complaint.ts";
import type { Config } from "./config.ts";
import { findDeadRules, type DeadRule } from "./dead-rules.ts";
import { readConfig } from "./file.ts";
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
  const nodes = root.entries?.get("process_names")?.at.items?.map(({ node }) => node) ?? [];
  const whereOf = (rule: number): string => {
    const node = nodes[rule];
    return node === undefined ? `rule ${rule + 1}` : source.locate(node);
  };
  return findDeadRules(rules).map(
    (dead) => `${whereOf(dead.rule)}: this rule never matches: ${reasonOf(dead, whereOf)}`,
  );
}

function reasonOf({ reason, shadowedBy }: DeadRule, whereOf: (rule: number) => string): string {
  return shadowedBy === undefined ? String(reason) : `the rule at ${whereOf(shadowedBy)} asks for the same`;
}
