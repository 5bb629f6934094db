/** What a configuration decides of the groups. */

import type { Classifier } from "../../classify/classifier.ts";
import type { FactName } from "../../classify/process-facts.ts";
import type { HistogramMetric } from "../../fields/group-metrics.ts";

export interface GroupingRules {
  readonly classifier: Classifier;
  readonly maxGroups: number;
  /** How long a group without processes stays on the page. */
  readonly groupRetentionMs: number;
  /** How long one of a pod that is gone does. */
  readonly endedPodRetentionMs: number;
  /** Labels that the series of containers get besides their names: the pod's label by the name it has on them. */
  readonly podLabels: ReadonlyMap<string, string>;
  readonly histograms: readonly HistogramMetric[];
}

/** Facts that no exit event holds: to know them of a process that nobody discovers, it must be watched as it starts. */
const transientFacts: readonly FactName[] = ["argv", "cgroups", "effectiveUser", "startTime"];

/** True where short-lived processes can be classified only if programs are watched as they are started. */
export function needsExecs(needs: ReadonlySet<FactName>): boolean {
  return transientFacts.some((fact) => needs.has(fact));
}
