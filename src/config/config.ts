/** What the configuration file decides, once it has been understood. */

import type { RuleSpec } from "../classify/rule.ts";
import { histogramMetrics, type HistogramMetric } from "../fields/group-metrics.ts";

export interface Limits {
  /** Groups on the page at the most; the processes of those beyond go to the group `other`. */
  readonly maxGroups: number;
  /** Characters of a label's value at the most. */
  readonly maxLabelLength: number;
  /** How long a group without live processes stays on the page. */
  readonly groupRetentionMs: number;
}

/** What is shown of pods. */
export interface PodSettings {
  /** The pod's label by the name that it has on the series of the pod's containers. */
  readonly labels: ReadonlyMap<string, string>;
  /** How long the series of a pod that is gone stay on the page. */
  readonly endedRetentionMs: number;
}

export interface Config {
  /** In the order of the file. None: one group per command name. */
  readonly rules: readonly RuleSpec[];
  readonly limits: Limits;
  /** Those that are on, with the buckets and series that were chosen. */
  readonly histograms: readonly HistogramMetric[];
  readonly pods: PodSettings;
  /** What is no error but surely not meant, each as one line with its place. */
  readonly warnings: readonly string[];
}

/** What counts without a file. */
export const defaultConfig: Config = {
  rules: [],
  limits: { maxGroups: 1000, maxLabelLength: 256, groupRetentionMs: 3_600_000 },
  histograms: histogramMetrics,
  pods: { labels: new Map(), endedRetentionMs: 300_000 },
  warnings: [],
};
