/** The part of the configuration that decides on groups. */

import type { Classifier } from "../../classify/classifier.ts";
import type { FactName } from "../../classify/process-facts.ts";
import type { ChosenLabels } from "../../kubernetes/pod-index.ts";
import type { HistogramMetric } from "../../fields/group-metrics.ts";

export interface GroupingRules {
  readonly classifier: Classifier;
  readonly maxGroups: number;
  /** Names of threads in a group at the most, where figures are told by them. */
  readonly maxThreadNames: number;
  /** How long a group without processes stays on the page. */
  readonly groupRetentionMs: number;
  /** How long a group without processes stays on the page if its pod is gone. */
  readonly endedPodRetentionMs: number;
  /** Further labels of the series of containers. */
  readonly podLabels: ChosenLabels;
  readonly histograms: readonly HistogramMetric[];
}

/** Facts that no exit event holds. For a process that exits before discovery, only the exec watcher can read them. */
const transientFacts: readonly FactName[] = ["argv", "cgroups", "effectiveUser", "startTime"];

/** True where short-lived processes can be classified only with the exec watcher. */
export function needsExecs(needs: ReadonlySet<FactName>): boolean {
  return transientFacts.some((fact) => needs.has(fact));
}
