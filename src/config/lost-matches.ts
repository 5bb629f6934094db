/**
 * Finds names and labels that use a match which no pattern of their rule captures. They are warnings, not errors, because
 * process-exporter accepts them and shows `<no value>`.
 */

import { compilePattern } from "../classify/pattern.ts";
import type { RuleSpec } from "../classify/rule.ts";
import { compileTemplate } from "../classify/template.ts";
import { nearest } from "./nearest.ts";

export interface LostMatch {
  /** Index of the rule, from 0. */
  readonly rule: number;
  /** The keys from the rule to the template. */
  readonly path: readonly string[];
  /** Index in the template at which the action begins. */
  readonly at: number;
  /** What the action shows, and why. */
  readonly reason: string;
}

/** Finds the actions without a match, in the order of the rules and of their labels. Rules with `ignore` show no label at all. */
export function findLostMatches(rules: readonly RuleSpec[]): LostMatch[] {
  return rules.flatMap((spec, rule) => {
    if (spec.ignore === true) return [];
    return templatesOf(spec).flatMap(({ path, text }) => lostIn(text, spec).map((lost) => ({ rule, path, ...lost })));
  });
}

function templatesOf({ name, labels = {} }: RuleSpec): { readonly path: readonly string[]; readonly text: string }[] {
  const free = Object.entries(labels).map(([label, text]) => ({ path: ["labels", label], text }));
  return name === undefined ? free : [{ path: ["name"], text: name }, ...free];
}

function lostIn(text: string, spec: RuleSpec): Pick<LostMatch, "at" | "reason">[] {
  const uses = compileTemplate(text).value?.matches ?? [];
  if (uses.length === 0) return [];
  const patterns = patternsOf(spec);
  const groups = patterns.flatMap((text) => compilePattern(text).value?.groups ?? []);
  const isThere = (name: string): boolean => (name === "" ? patterns.length > 0 : groups.includes(name));
  return uses
    .filter(({ name = "" }) => !isThere(name))
    .map(({ name = "", missing, at }) => ({ at, reason: reasonOf(name, missing, groups) }));
}

/** All patterns of a rule. */
function patternsOf({ cmdline = [], user = [], unit = [], cgroup = [] }: RuleSpec): readonly string[] {
  return [...cmdline, ...user, ...unit, ...cgroup];
}

function reasonOf(name: string, missing: string, groups: readonly string[]): string {
  const shown = missing === "" ? "nothing" : missing;
  if (name === "") return `this shows ${shown}: the rule has no pattern`;
  const meant = nearest(name, groups);
  const remedy = meant === undefined ? "" : `; did you mean ${meant}?`;
  return `this shows ${shown}: no pattern of the rule has a group ${name}${remedy}`;
}
