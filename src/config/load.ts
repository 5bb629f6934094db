/** Loads a configuration file. All mistakes are reported together. */

import * as v from "valibot";

import { ExporterError } from "../base/errors.ts";
import { readText } from "../yaml/file.ts";
import { openYaml, type YamlSource } from "../yaml/source.ts";
import { readValue, type Located } from "../yaml/value.ts";
import { judgeAgentKey } from "./agent-keys.ts";
import { complainOf } from "./complaint.ts";
import { defaultConfig, type Config } from "./config.ts";
import { configSchema } from "./schema.ts";
import { warnOfRules } from "./warnings.ts";

/** Reads and checks a file. @throws ExporterError CONFIG, with all mistakes in `faults` */
export function loadConfig(path: string): Config {
  return parseConfig(readText(path, "CONFIG"), path);
}

/** Checks a text. @param file its name in errors and warnings @throws ExporterError CONFIG */
export function parseConfig(text: string, file: string): Config {
  const source = openYaml(text, file);
  const read = source.broken ? undefined : readValue(source);
  const root = read && setAsideAgentKeys(read, source);
  const result = root && v.safeParse(configSchema, root.value);
  if (root !== undefined) for (const issue of result?.issues ?? []) complainOf(issue, root, source);
  const [first, ...others] = source.complaints();
  if (first !== undefined) throw new ExporterError("CONFIG", first, others);
  if (root === undefined || result?.success !== true) return parseNothing(text, file);
  warnOfRules(result.output.rules, root, source);
  return { ...result.output, warnings: source.warnings() };
}

/** A file with only comments gives the defaults. An empty file is an error: probably somebody is about to write it. */
function parseNothing(text: string, file: string): Config {
  if (text.trim() === "")
    throw new ExporterError("CONFIG", { where: file, want: "a configuration", got: "an empty file" });
  return {
    ...defaultConfig,
    warnings: [`${file}: there is nothing but comments here, so there is a group per command name`],
  };
}

/** Removes the top-level keys of other programs, with a warning or a complaint for each. */
function setAsideAgentKeys(root: Located, source: YamlSource): Located {
  if (root.entries === undefined) return root;
  const kept = [...root.entries].filter(([name, { key, at }]) => {
    const verdict = judgeAgentKey(name, at.value);
    if (verdict?.kind === "ignored") source.warn(key, `${name} has no effect: ${verdict.reason}`);
    if (verdict?.kind === "refused") {
      const { want, remedy } = verdict;
      source.complain(key, { want, got: typeof at.value === "string" ? `${name}: ${at.value}` : name, remedy });
    }
    return verdict === undefined;
  });
  return { ...root, value: Object.fromEntries(kept.map(([name, { at }]) => [name, at.value])), entries: new Map(kept) };
}
