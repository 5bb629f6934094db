/** What one rule says of one process, in three values: yes, no, and that too little is known. */

import { mergeCaptures, type ConditionResult } from "./condition.ts";
import type { Rule } from "./compile-rule.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import { noCaptures } from "./pattern.ts";

/** The first fact that the rule's name or a label shows and nobody has seen. */
function findUnshown({ labels, ignored }: Rule, facts: ProcessFacts): FactName | undefined {
  if (ignored) return undefined;
  for (const { template } of labels) {
    for (const fact of template.needs) if (facts[fact] === undefined) return fact;
  }
  return undefined;
}

/**
 * Asks a rule. One key that is known not to hold decides, whatever is unknown of the others; a rule that matches is
 * still unknown while its name or a label shows what nobody has seen.
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
