/** Turns a configuration into the grouping rules that the collector and the commands use. */

import { compileRule } from "./classify/compile-rule.ts";
import { createClassifier, type RuleClassifier } from "./classify/first-match.ts";
import { ExporterError } from "./base/errors.ts";
import type { Config } from "./config/config.ts";
import { commandExplainer, type ExplainableRules } from "./default-grouping-rules.ts";

/** Compiles the rules. They compile, because loading the configuration has compiled them once to check them. */
function createRuleClassifier({ rules, limits }: Config): RuleClassifier {
  const compiled = rules.map((spec, index) => {
    const { value, fault } = compileRule(spec);
    if (value !== undefined) return value;
    throw new ExporterError("CONFIG", { where: `rule ${index + 1}`, want: fault.want, got: fault.got });
  });
  return createClassifier(compiled, limits);
}

/** Refuses a limit below the number of declared groups: declared groups always exist, whatever the limit is. */
function checkDeclared(declared: number, maxGroups: number): void {
  if (declared <= maxGroups) return;
  const want = `at least ${declared}, as many as the rules declare by names without a template`;
  throw new ExporterError("CONFIG", { where: "limits.max_groups", want, got: String(maxGroups) });
}

/** Refuses a label name that both a rule and `kubernetes.pod_labels` give: a series can show only one of them. */
function checkLabels({ rules, pods }: Config): void {
  for (const [index, { labels = {} }] of rules.entries()) {
    const name = Object.keys(labels).find((label) => pods.labels.has(label));
    if (name === undefined) continue;
    const got = `${name}, which rule ${index + 1} gives its groups`;
    throw new ExporterError("CONFIG", { where: "kubernetes.pod_labels", want: "names that no rule uses", got });
  }
}

/** Without rules, each command has a group. @throws ExporterError CONFIG */
export function createGroupingRules(config: Config): ExplainableRules {
  const { maxGroups, maxThreadNames, groupRetentionMs } = config.limits;
  const classifier = config.rules.length === 0 ? commandExplainer : createRuleClassifier(config);
  checkDeclared(classifier.declared.length, maxGroups);
  checkLabels(config);
  const { pods: podLabels, histograms } = config;
  const { endedRetentionMs: endedPodRetentionMs } = podLabels;
  return { classifier, maxGroups, maxThreadNames, groupRetentionMs, endedPodRetentionMs, podLabels, histograms };
}
