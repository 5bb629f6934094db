/** The grouping without a configuration file: what it needs to be loaded is little. */

import { commandClassifier } from "./classify/classifier.ts";
import type { RuleClassifier } from "./classify/first-match.ts";
import type { GroupingRules } from "./collect/groups/grouping-rules.ts";
import { defaultConfig } from "./config/config.ts";

/** A grouping whose classifier can say why. */
export interface ExplainableRules extends GroupingRules {
  readonly classifier: RuleClassifier;
}

/** A group per command: there are no rules to explain. */
export const commandExplainer: RuleClassifier = { ...commandClassifier, explain: () => [] };

const { limits, pods, histograms } = defaultConfig;

export const defaultGroupingRules: ExplainableRules = {
  classifier: commandExplainer,
  maxGroups: limits.maxGroups,
  groupRetentionMs: limits.groupRetentionMs,
  endedPodRetentionMs: pods.endedRetentionMs,
  podLabels: pods.labels,
  histograms,
};
