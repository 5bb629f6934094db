/** Warns of rules that are no error but surely not intended, each with its place. */

import { overflowGroup, unidentifiedGroup } from "../classify/classifier.ts";
import type { RuleSpec } from "../classify/rule.ts";
import type { YamlSource } from "../yaml/source.ts";
import type { Located } from "../yaml/value.ts";
import { findDeadRules, type DeadRule } from "./dead-rules.ts";
import { findDoubledBackslash } from "./doubled-backslash.ts";
import { findLongNames } from "./long-names.ts";
import { findLostMatches } from "./lost-matches.ts";

/** The groups that the exporter itself makes, and what it counts there. */
const ownGroups: Readonly<Record<string, string>> = {
  [overflowGroup]: "what exceeds limits.max_groups",
  [unidentifiedGroup]: "ended processes of which nobody has seen what a rule needs",
};

/** Adds the warnings about `rules` to `source`; `root` has their places. A value that rules share by an alias has one warning. */
export function warnOfRules(rules: readonly RuleSpec[], root: Located, source: YamlSource): void {
  const located = root.entries?.get("process_names")?.at.items ?? [];
  const find = (rule: number, ...path: readonly (string | number)[]): Located =>
    findWithin(located[rule] ?? root, path);
  const warn = (at: Located, text: string, offset?: number): void => source.warn(at.node, text, offset);
  const whereOf = (rule: number): string => source.locate(find(rule).node);
  for (const dead of findDeadRules(rules)) warn(find(dead.rule), reasonOf(dead, whereOf));
  for (const { rule, path, at, reason } of findLostMatches(rules)) warn(find(rule, ...path), reason, at);
  for (const { rule, index, reason } of findLongNames(rules)) warn(find(rule, "comm", index), reason);
  for (const [rule, { name = "", ignore }] of rules.entries()) {
    const content = Object.hasOwn(ownGroups, name) && ignore !== true ? ownGroups[name] : undefined;
    if (content !== undefined) {
      warn(find(rule, "name"), `the exporter counts ${content} as ${name}, too: both would be one group`);
    }
  }
  for (const at of located.flatMap(patternsOf)) {
    const fault = findDoubledBackslash(at);
    if (fault !== undefined) warn(at, fault.reason, fault.at);
  }
}

/** Follows keys and indexes from a value as far as it has them. Indexes do not count items without a value, as in `rules`. */
function findWithin(from: Located, path: readonly (string | number)[]): Located {
  let at = from;
  for (const step of path) {
    const items = at.items?.filter(({ value }) => value !== null);
    const next = typeof step === "number" ? items?.[step] : at.entries?.get(step)?.at;
    if (next === undefined) return at;
    at = next;
  }
  return at;
}

/** All patterns of a rule. */
function patternsOf(rule: Located): readonly Located[] {
  return ["cmdline", "user", "unit", "cgroup"].flatMap((key) => rule.entries?.get(key)?.at.items ?? []);
}

function reasonOf({ reason, shadowedBy, coverage }: DeadRule, whereOf: (rule: number) => string): string {
  if (shadowedBy === undefined) return `this rule never matches: ${String(reason)}`;
  return coverage === "all"
    ? `this rule never matches: the rule at ${whereOf(shadowedBy)} takes all that it asks for`
    : `this rule matches processes without a command line alone (kernel threads, zombies): the rule at ${whereOf(shadowedBy)} takes all others`;
}
