/** Compiles a rule of the configuration: its patterns and templates. A fault names the value that is wrong. */

import {
  cgroupCondition,
  cmdlineCondition,
  commCondition,
  exeCondition,
  unitCondition,
  userCondition,
  type Condition,
  type ConditionKey,
} from "./condition.ts";
import type { FactName } from "./process-facts.ts";
import { faultOfLabelName, groupnameLabel } from "./label.ts";
import { compilePattern, type Pattern, type PatternOptions } from "./pattern.ts";
import type { Compiled, RuleSpec } from "./rule.ts";
import { compileTemplate, type Template } from "./template.ts";

export interface LabelTemplate {
  readonly label: string;
  readonly template: Template;
}

export interface Rule {
  /** Conditions that cost little come first. There is at least one. */
  readonly conditions: readonly Condition[];
  /** The group's name first, then free labels sorted by name: equal sets of labels have the same order. */
  readonly labels: readonly LabelTemplate[];
  readonly ignored: boolean;
  /** The facts that the conditions and the shown labels ask for. */
  readonly needs: ReadonlySet<FactName>;
}

/** process-exporter's default. It stands for an empty name too. */
const defaultName = "{{.ExeBase}}";

/** The order in which keys are tested, by cost: look-ups in a set, remembered results, then a match for each process. */
const conditionKeys = ["comm", "exe", "user", "unit", "cgroup", "cmdline"] as const satisfies readonly ConditionKey[];

const patternConditions = {
  user: userCondition,
  unit: unitCondition,
  cgroup: cgroupCondition,
  cmdline: cmdlineCondition,
} as const;

function compileCondition(key: ConditionKey, want: readonly string[], options: PatternOptions): Compiled<Condition> {
  if (key === "comm") return { value: commCondition(want) };
  if (key === "exe") return { value: exeCondition(want) };
  const patterns: Pattern[] = [];
  for (const [index, text] of want.entries()) {
    const { value, fault } = compilePattern(text, options);
    if (fault !== undefined) return { fault: { ...fault, path: [key, index] } };
    patterns.push(value);
  }
  return { value: patternConditions[key](want, patterns) };
}

function compileConditions(spec: RuleSpec, options: PatternOptions): Compiled<readonly Condition[]> {
  const conditions: Condition[] = [];
  for (const key of conditionKeys) {
    const want = spec[key];
    if (want === undefined) continue;
    const { value, fault } = compileCondition(key, want, options);
    if (fault !== undefined) return { fault };
    conditions.push(value);
  }
  if (conditions.length > 0) return { value: conditions };
  return {
    fault: { want: "at least one of comm, exe, cmdline, user, unit and cgroup", got: "a rule without any of them" },
  };
}

function compileLabels({ name, labels = {} }: RuleSpec): Compiled<readonly LabelTemplate[]> {
  const { value: template, fault } = compileTemplate(name === undefined || name === "" ? defaultName : name);
  if (fault !== undefined) return { fault: { ...fault, path: ["name"] } };
  const compiled: LabelTemplate[] = [{ label: groupnameLabel, template }];
  for (const [label, text] of Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1))) {
    const path = ["labels", label];
    const want = faultOfLabelName(label);
    if (want !== undefined) return { fault: { want, got: label, path } };
    const { value: template, fault } = compileTemplate(text);
    if (fault !== undefined) return { fault: { ...fault, path } };
    compiled.push({ label, template });
  }
  return { value: compiled };
}

/** Compiles a rule. Of several faults it reports one; faults of conditions go before those of labels. */
export function compileRule(spec: RuleSpec): Compiled<Rule> {
  const labels = compileLabels(spec);
  const ignored = spec.ignore === true;
  const unnamed = !ignored && labels.value?.some(({ template }) => template.showsUnnamed) === true;
  const conditions = compileConditions(spec, { unnamed });
  if (conditions.fault !== undefined) return { fault: conditions.fault };
  if (labels.fault !== undefined) return { fault: labels.fault };
  const needs = new Set<FactName>();
  for (const condition of conditions.value) if (condition.needs !== undefined) needs.add(condition.needs);
  if (!ignored) for (const { template } of labels.value) for (const fact of template.needs) needs.add(fact);
  return { value: { conditions: conditions.value, labels: labels.value, ignored, needs } };
}
