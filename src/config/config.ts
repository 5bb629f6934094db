/** The settings that a configuration file decides, and their defaults. */

import type { RuleSpec } from "../classify/rule.ts";
import { histogramMetrics, type HistogramMetric } from "../fields/group-metrics.ts";

export interface Limits {
  /** The most groups on the page. Processes of further groups go to the group `other`. */
  readonly maxGroups: number;
  /** Names of threads in a group at the most. Used only with `--collector.threads`. */
  readonly maxThreadNames: number;
  /** The most characters of a label's value. */
  readonly maxLabelLength: number;
  /** How long a group without live processes stays on the page. */
  readonly groupRetentionMs: number;
}

/** What the page shows of pods. */
export interface PodSettings {
  /** By the name of a label on the series of containers: the label of the pod whose value it shows. */
  readonly labels: ReadonlyMap<string, string>;
  /** Whether series of containers have the labels `workload` and `workload_type`. */
  readonly workload: boolean;
  /** How long the series of a deleted pod stay on the page after the exit of its last process. */
  readonly endedRetentionMs: number;
}

export interface Config {
  /** The rules in the order of the file. Without a rule there is one group per command name. */
  readonly rules: readonly RuleSpec[];
  readonly limits: Limits;
  /** The histograms that are on, with their chosen buckets and series. */
  readonly histograms: readonly HistogramMetric[];
  readonly pods: PodSettings;
  /** What is no error but surely not intended, each as one line with its place. */
  readonly warnings: readonly string[];
}

/** The settings without a configuration file. */
export const defaultConfig: Config = {
  rules: [],
  limits: { maxGroups: 1000, maxThreadNames: 50, maxLabelLength: 256, groupRetentionMs: 3_600_000 },
  histograms: histogramMetrics,
  pods: { labels: new Map(), workload: false, endedRetentionMs: 300_000 },
  warnings: [],
};
