/** What rules promise and ask for, taken from the rules alone. */

import type { GroupLabels } from "../classify/classifier.ts";
import type { Fact } from "../classify/identity.ts";
import type { RuleSpec } from "../classify/rule.ts";
import { compileTemplate } from "../classify/template.ts";

export interface Outline {
  /** Labels of the groups that exist from the start. */
  readonly declared: readonly GroupLabels[];
  /** What must be read of processes besides their command name. */
  readonly needs: readonly Fact[];
}

/** @param rules of a valid configuration */
export function outlineRules(rules: readonly RuleSpec[]): Outline {
  const declared = rules.flatMap((rule) => (isFixed(rule) ? [{ groupname: nameOf(rule), ...rule.labels }] : []));
  const distinct = new Map(declared.map((labels) => [JSON.stringify(labels), labels]));
  return { declared: [...distinct.values()], needs: [...new Set(rules.flatMap(needsOf))] };
}

const nameOf = ({ name = "{{.ExeBase}}" }: RuleSpec): string => name;

const templatesOf = (rule: RuleSpec) =>
  rule.ignore === true ? [] : [nameOf(rule), ...Object.values(rule.labels ?? {})].map(compileTemplate);

function isFixed(rule: RuleSpec): boolean {
  return rule.ignore !== true && templatesOf(rule).every(({ value }) => value?.fixed === true);
}

function needsOf(rule: RuleSpec): Fact[] {
  const needs: Fact[] = templatesOf(rule).flatMap(({ value }) => [...(value?.needs ?? [])]);
  if (rule.exe !== undefined || rule.cmdline !== undefined) needs.push("argv");
  if (rule.cgroup !== undefined) needs.push("cgroups");
  if (rule.user !== undefined) needs.push("user");
  return needs;
}
