/** Why each rule matched a process or did not, key by key, as data for a table, a program or a page. */

import type { Rule } from "./compile-rule.ts";
import type { Condition, ConditionKey } from "./condition.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import { evaluateRule } from "./rule-evaluation.ts";

/** One key of a rule: what it wants and what the process has. */
export interface KeyExplanation {
  /** A key of the rule, or a label whose template shows something that nobody has seen. */
  readonly key: ConditionKey | "name" | `labels.${string}`;
  readonly outcome: "matched" | "mismatch" | "unknown";
  /** As it was written: entries of a key, or one template. */
  readonly want: readonly string[];
  /** What was compared with it; undefined where nobody has seen it. May be any bytes that somebody chose. */
  readonly got: string | undefined;
  /** What nobody has seen. */
  readonly missing: FactName | undefined;
}

export interface RuleExplanation {
  /** Index into the rules, from 0. */
  readonly rule: number;
  /** Its name as it was written. */
  readonly name: string;
  /** Rules behind one that matches, or that cannot know, are not asked. */
  readonly outcome: "matched" | "mismatch" | "undecided" | "not reached";
  /** Empty where it was not reached. */
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

/** Asks rules in their order and tells everything that the first deciding one, and those before it, compared. */
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
