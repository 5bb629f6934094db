/** Evaluates one rule for one process. The answer has three values: yes, no and unknown. */

import { mergeCaptures, type ConditionResult } from "./condition.ts";
import type { Rule } from "./compile-rule.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import { noCaptures } from "./pattern.ts";

/** Finds the first fact that a label of the rule shows and nobody has seen. */
function findUnshown({ labels, ignored }: Rule, facts: ProcessFacts): FactName | undefined {
  if (ignored) return undefined;
  for (const { template } of labels) {
    for (const fact of template.needs) if (facts[fact] === undefined) return fact;
  }
  return undefined;
}

/**
 * Evaluates a rule. A single key that does not match decides, even where other keys are unknown. Where all keys match, the answer
 * is still unknown while a label shows a fact that nobody has seen.
 */
export function evaluateRule(rule: Rule, facts: ProcessFacts): ConditionResult {
  let captures = noCaptures;
  let missing: FactName | undefined;
  for (const condition of rule.conditions) {
    const result = condition.test(facts);
    if (result.kind === "mismatch") return result;
    if (result.kind === "matched") captures = mergeCaptures(captures, result.captures);
    else missing ??= result.missing;
  }
  missing ??= findUnshown(rule, facts);
  return missing === undefined ? { kind: "matched", captures } : { kind: "unknown", missing };
}
