/** What one rule says of one process, in three values: yes, no, and that too little is known. */

import { mergeCaptures, type Answer } from "./condition.ts";
import type { Rule } from "./compile-rule.ts";
import type { Fact, Identity } from "./identity.ts";
import { noCaptures } from "./pattern.ts";

/** The first fact that the rule's name or a label shows and nobody has seen. */
function findUnshown({ labels, ignored }: Rule, identity: Identity): Fact | undefined {
  if (ignored) return undefined;
  for (const { template } of labels) {
    for (const fact of template.needs) if (identity[fact] === undefined) return fact;
  }
  return undefined;
}

/**
 * Asks a rule. One key that is known not to hold decides, whatever is unknown of the others; a rule that matches is
 * still unknown while its name or a label shows what nobody has seen.
 */
export function judge(rule: Rule, identity: Identity): Answer {
  let captures = noCaptures;
  let missing: Fact | undefined;
  for (const condition of rule.conditions) {
    const answer = condition.test(identity);
    if (answer.kind === "mismatch") return answer;
    if (answer.kind === "matched") captures = mergeCaptures(captures, answer.captures);
    else missing ??= answer.missing;
  }
  missing ??= findUnshown(rule, identity);
  return missing === undefined ? { kind: "matched", captures } : { kind: "unknown", missing };
}
