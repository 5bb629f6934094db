/** The classifier of a configuration's rules. The first rule that matches wins; one that cannot know stops the search. */

import type { Classifier, GroupLabels, Classification } from "./classifier.ts";
import type { Rule } from "./compile-rule.ts";
import { explainRules, type RuleExplanation } from "./explain.ts";
import type { FactName, ProcessFacts } from "./process-facts.ts";
import { evaluateRule } from "./rule-evaluation.ts";
import { formLabelValue, groupnameLabel } from "./label.ts";
import { noCaptures, type Captures } from "./pattern.ts";

export interface RuleClassifier extends Classifier {
  /** For every rule, in their order, why it matched or not. */
  explain(facts: ProcessFacts): readonly RuleExplanation[];
}

export interface ClassifierOptions {
  /** Longer values of labels are cut, in characters. */
  readonly maxLabelLength: number;
}

/** A rule with its verdict on the processes that match. */
interface Candidate {
  readonly rule: Rule;
  readonly index: number;
  readonly verdictOf: (facts: ProcessFacts, captures: Captures) => Classification;
}

const unmatched: Classification = { kind: "unmatched" };

/** Stands for any process where a template shows nothing of it. */
const anyone: ProcessFacts = {
  tgid: 0,
  comm: "",
  argv: undefined,
  cgroups: undefined,
  user: undefined,
  effectiveUser: undefined,
  startTime: undefined,
};

type Labeller = (facts: ProcessFacts, captures: Captures) => GroupLabels;

function labellerOf({ labels }: Rule, { maxLabelLength }: ClassifierOptions): Labeller {
  return (facts, captures) => {
    const shown: Record<string, string> = {};
    for (const { label, template } of labels) {
      const value = formLabelValue(template.render(facts, captures), maxLabelLength);
      // For Prometheus an empty label is no label.
      if (value !== "" || label === groupnameLabel) shown[label] = value;
    }
    return shown;
  };
}

/** Its groups exist before any process matches. */
function isDeclared({ ignored, labels }: Rule): boolean {
  return !ignored && labels.every(({ template }) => template.fixed);
}

function candidateOf(rule: Rule, index: number, labeller: Labeller): Candidate {
  if (rule.ignored) {
    const classification: Classification = { kind: "ignored", rule: index };
    return { rule, index, verdictOf: () => classification };
  }
  if (isDeclared(rule)) {
    const classification: Classification = { kind: "group", labels: labeller(anyone, noCaptures), rule: index };
    return { rule, index, verdictOf: () => classification };
  }
  return {
    rule,
    index,
    verdictOf: (facts, captures) => ({ kind: "group", labels: labeller(facts, captures), rule: index }),
  };
}

/** The command names that a rule is limited to; undefined where it takes any. */
function namesOf({ conditions }: Rule): readonly string[] | undefined {
  return conditions.find(({ key }) => key === "comm")?.want;
}

/**
 * Leaves out of the search the rules of other command names, so that hundreds of them cost one look-up. For a name
 * that no rule gives, only the rules that take any name are left.
 */
function indexByName(candidates: readonly Candidate[]): (comm: string) => readonly Candidate[] {
  const others = candidates.filter(({ rule }) => namesOf(rule) === undefined);
  const names = new Set(candidates.flatMap(({ rule }) => namesOf(rule) ?? []));
  const byName = new Map(
    [...names].map((name) => [name, candidates.filter(({ rule }) => namesOf(rule)?.includes(name) !== false)]),
  );
  return (comm) => byName.get(comm) ?? others;
}

/** Each set of labels once, as they are first declared. */
function declaredOf(rules: readonly Rule[], options: ClassifierOptions): readonly GroupLabels[] {
  const declared = rules.filter(isDeclared).map((rule) => labellerOf(rule, options)(anyone, noCaptures));
  const byText = new Map<string, GroupLabels>();
  for (const labels of declared) {
    const text = JSON.stringify(labels);
    if (!byText.has(text)) byText.set(text, labels);
  }
  return [...byText.values()];
}

/** @param rules in their order; the index of a verdict counts them from 0 */
export function createClassifier(rules: readonly Rule[], options: ClassifierOptions): RuleClassifier {
  const candidatesOf = indexByName(rules.map((rule, index) => candidateOf(rule, index, labellerOf(rule, options))));
  return {
    classify(facts) {
      for (const { rule, index, verdictOf } of candidatesOf(facts.comm)) {
        const result = evaluateRule(rule, facts);
        if (result.kind === "matched") return verdictOf(facts, result.captures);
        if (result.kind === "unknown") return { kind: "undecided", rule: index, missing: result.missing };
      }
      return unmatched;
    },
    explain: (facts) => explainRules(rules, facts),
    declared: declaredOf(rules, options),
    needs: new Set<FactName>(rules.flatMap(({ needs }) => [...needs])),
  };
}
