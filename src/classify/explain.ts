/** Explains, key by key, why each rule matched a process or did not. The result is data: a table, JSON or a page shows it. */

import type { Rule } from "./compile-rule.ts";
import type { Condition, ConditionKey } from "./condition.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import { evaluateRule } from "./rule-evaluation.ts";

/** One key of a rule: what the rule wants and what the process has. */
export interface KeyExplanation {
  /** A key of the rule, or a label whose template shows a fact that nobody has seen. */
  readonly key: ConditionKey | "name" | `labels.${string}`;
  readonly outcome: "matched" | "mismatch" | "unknown";
  /** As the configuration writes it: the entries of a key, or one template. */
  readonly want: readonly string[];
  /** The text that was compared; undefined where nobody has seen the fact. Any user may have chosen its characters. */
  readonly got: string | undefined;
  /** The fact that nobody has seen. */
  readonly missing: FactName | undefined;
}

export interface RuleExplanation {
  /** Index into the rules, from 0. */
  readonly rule: number;
  /** Template of the group's name, as the configuration writes it. */
  readonly name: string;
  /** Rules after a rule that matches or is undecided are not reached. */
  readonly outcome: "matched" | "mismatch" | "undecided" | "not reached";
  /** Empty where the rule was not reached. */
  readonly keys: readonly KeyExplanation[];
}

const outcomes = { matched: "matched", mismatch: "mismatch", unknown: "undecided" } as const;

function explainCondition(condition: Condition, facts: ProcessFacts): KeyExplanation {
  const { key, want } = condition;
  const result = condition.test(facts);
  const missing = result.kind === "unknown" ? result.missing : undefined;
  return { key, outcome: result.kind, want, got: condition.got(facts), missing };
}

function explainLabels({ labels, ignored }: Rule, facts: ProcessFacts): readonly KeyExplanation[] {
  if (ignored) return [];
  return labels.flatMap(({ label, template }, index) => {
    const missing = template.needs.find((fact) => facts[fact] === undefined);
    if (missing === undefined) return [];
    const key = index === 0 ? "name" : (`labels.${label}` as const);
    return [{ key, outcome: "unknown" as const, want: [template.text], got: undefined, missing }];
  });
}

/** Explains the rules in their order, up to the first one that matches or is undecided. */
export function explainRules(rules: readonly Rule[], facts: ProcessFacts): readonly RuleExplanation[] {
  let decided = false;
  return rules.map((rule, index) => {
    const name = rule.labels[0]?.template.text ?? "";
    if (decided) return { rule: index, name, outcome: "not reached", keys: [] };
    const { kind } = evaluateRule(rule, facts);
    decided = kind !== "mismatch";
    const conditions = rule.conditions.map((condition) => explainCondition(condition, facts));
    const labels = kind === "mismatch" ? [] : explainLabels(rule, facts);
    return { rule: index, name, outcome: outcomes[kind], keys: [...conditions, ...labels] };
  });
}
