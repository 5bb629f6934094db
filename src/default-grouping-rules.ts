/** The grouping rules without a configuration file: a group for each command. Loads neither the YAML parser nor the rule compiler. */

import { commandClassifier } from "./classify/classifier.ts";
import type { RuleClassifier } from "./classify/first-match.ts";
import type { GroupingRules } from "./collect/groups/grouping-rules.ts";
import { defaultConfig } from "./config/config.ts";

/** Grouping rules whose classifier can also explain its answer. */
export interface ExplainableRules extends GroupingRules {
  readonly classifier: RuleClassifier;
}

/** Gives each command a group of its own. Its explanation is empty, since there are no rules. */
export const commandExplainer: RuleClassifier = { ...commandClassifier, explain: () => [] };

const { limits, pods, histograms } = defaultConfig;

export const defaultGroupingRules: ExplainableRules = {
  classifier: commandExplainer,
  maxGroups: limits.maxGroups,
  maxThreadNames: limits.maxThreadNames,
  groupRetentionMs: limits.groupRetentionMs,
  endedPodRetentionMs: pods.endedRetentionMs,
  podLabels: pods,
  histograms,
};
