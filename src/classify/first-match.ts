/** The classifier of the configured rules. The first rule that matches wins; a rule that is undecided ends the search. */

import type { Classifier, GroupLabels, Classification } from "./classifier.ts";
import type { Rule } from "./compile-rule.ts";
import { explainRules, type RuleExplanation } from "./explain.ts";
import { unknownFacts, type FactName, type ProcessFacts } from "./process-facts.ts";
import { evaluateRule } from "./rule-evaluation.ts";
import { formLabelValue, groupnameLabel } from "./label.ts";
import { noCaptures, type Captures } from "./pattern.ts";

export interface RuleClassifier extends Classifier {
  /** Says for each rule, in their order, why it matched or did not. */
  explain(facts: ProcessFacts): readonly RuleExplanation[];
}

export interface ClassifierOptions {
  /** Values of labels are cut to this many characters. */
  readonly maxLabelLength: number;
}

/** A rule, with the classification of a process that matches it. */
interface Candidate {
  readonly rule: Rule;
  readonly index: number;
  readonly classificationOf: (facts: ProcessFacts, captures: Captures) => Classification;
}

const unmatched: Classification = { kind: "unmatched" };

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

/** True where the labels are the same for all processes: such a group exists before any process matches. */
function isDeclared({ ignored, labels }: Rule): boolean {
  return !ignored && labels.every(({ template }) => template.fixed);
}

function candidateOf(rule: Rule, index: number, labeller: Labeller): Candidate {
  if (rule.ignored) {
    const classification: Classification = { kind: "ignored", rule: index };
    return { rule, index, classificationOf: () => classification };
  }
  if (isDeclared(rule)) {
    const classification: Classification = { kind: "group", labels: labeller(unknownFacts, noCaptures), rule: index };
    return { rule, index, classificationOf: () => classification };
  }
  return {
    rule,
    index,
    classificationOf: (facts, captures) => ({ kind: "group", labels: labeller(facts, captures), rule: index }),
  };
}

/** The command names that a rule accepts; undefined where it accepts any. */
function namesOf({ conditions }: Rule): readonly string[] | undefined {
  return conditions.find(({ key }) => key === "comm")?.want;
}

/**
 * Finds the rules that a command name can match, so that hundreds of rules for other names cost one look-up. For a name that
 * no rule holds, these are the rules that accept any name.
 */
function indexByName(candidates: readonly Candidate[]): (comm: string) => readonly Candidate[] {
  const others = candidates.filter(({ rule }) => namesOf(rule) === undefined);
  const names = new Set(candidates.flatMap(({ rule }) => namesOf(rule) ?? []));
  const byName = new Map(
    [...names].map((name) => [name, candidates.filter(({ rule }) => namesOf(rule)?.includes(name) !== false)]),
  );
  return (comm) => byName.get(comm) ?? others;
}

/** The declared sets of labels, each once, in the order of the rules. */
function declaredOf(rules: readonly Rule[], options: ClassifierOptions): readonly GroupLabels[] {
  const declared = rules.filter(isDeclared).map((rule) => labellerOf(rule, options)(unknownFacts, noCaptures));
  const byText = new Map<string, GroupLabels>();
  for (const labels of declared) {
    const text = JSON.stringify(labels);
    if (!byText.has(text)) byText.set(text, labels);
  }
  return [...byText.values()];
}

/** @param rules in the order in which they are tested; the index in a classification counts them from 0 */
export function createClassifier(rules: readonly Rule[], options: ClassifierOptions): RuleClassifier {
  const candidatesOf = indexByName(rules.map((rule, index) => candidateOf(rule, index, labellerOf(rule, options))));
  return {
    classify(facts) {
      for (const { rule, index, classificationOf } of candidatesOf(facts.comm)) {
        const result = evaluateRule(rule, facts);
        if (result.kind === "matched") return classificationOf(facts, result.captures);
        if (result.kind === "unknown") return { kind: "undecided", rule: index, missing: result.missing };
      }
      return unmatched;
    },
    explain: (facts) => explainRules(rules, facts),
    declared: declaredOf(rules, options),
    needs: new Set<FactName>(rules.flatMap(({ needs }) => [...needs])),
    individual: rules.some(({ labels }) => labels.some(({ template }) => template.individual)),
  };
}
