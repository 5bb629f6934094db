/** From a configuration to what the collector and the commands do by it. */

import { compileRule } from "./classify/compile-rule.ts";
import { createClassifier, type RuleClassifier } from "./classify/first-match.ts";
import { ExporterError } from "./base/errors.ts";
import type { Config } from "./config/config.ts";
import { commandExplainer, type ExplainableRules } from "./default-grouping-rules.ts";

/** Rules of a configuration that was understood compile, since it was understood by compiling them. */
function createRuleClassifier({ rules, limits }: Config): RuleClassifier {
  const compiled = rules.map((spec, index) => {
    const { value, fault } = compileRule(spec);
    if (value !== undefined) return value;
    throw new ExporterError("CONFIG", { where: `rule ${index + 1}`, want: fault.want, got: fault.got });
  });
  return createClassifier(compiled, limits);
}

/** Declared groups exist whatever the limit is, so it must be none that they exceed. */
function checkDeclared(declared: number, maxGroups: number): void {
  if (declared <= maxGroups) return;
  const want = `at least ${declared}, as many as the rules declare by names without a template`;
  throw new ExporterError("CONFIG", { where: "limits.max_groups", want, got: String(maxGroups) });
}

/** A rule's label and a pod's label cannot both be shown under one name. */
function checkLabels({ rules, pods }: Config): void {
  for (const [index, { labels = {} }] of rules.entries()) {
    const name = Object.keys(labels).find((label) => pods.labels.has(label));
    if (name === undefined) continue;
    const got = `${name}, which rule ${index + 1} gives its groups`;
    throw new ExporterError("CONFIG", { where: "kubernetes.pod_labels", want: "names that no rule uses", got });
  }
}

/** Without rules there is a group per command. @throws ExporterError CONFIG */
export function createGroupingRules(config: Config): ExplainableRules {
  const { maxGroups, groupRetentionMs } = config.limits;
  const classifier = config.rules.length === 0 ? commandExplainer : createRuleClassifier(config);
  checkDeclared(classifier.declared.length, maxGroups);
  checkLabels(config);
  const { labels: podLabels, endedRetentionMs: endedPodRetentionMs } = config.pods;
  const { histograms } = config;
  return { classifier, maxGroups, groupRetentionMs, endedPodRetentionMs, podLabels, histograms };
}
