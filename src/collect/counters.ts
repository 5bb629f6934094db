/** What the exporter counts about itself. Plain numbers: who counts them holds this object, the page reads it. */

import { createHistogram, type Histogram } from "../account/histogram.ts";
import { pollDurationBuckets } from "../fields/exporter-metrics.ts";
import type { Missing } from "./placement.ts";
import type { Way } from "./recognition.ts";

/** What was missing, in the words of the configuration. */
export const missingNames = {
  comm: "unidentified_comm",
  argv: "unidentified_cmdline",
  cgroups: "unidentified_cgroup",
  user: "unidentified_user",
  effectiveUser: "unidentified_user",
  startTime: "unidentified_start_time",
  parent: "unidentified_parent",
} as const satisfies Record<Missing, string>;

/** How an ended process's group was found. */
export type Attribution = "tracked" | Way | (typeof missingNames)[Missing];

export interface Counters {
  exitEvents: number;
  exitEventsLost: number;
  resyncs: number;
  vanished: number;
  polledProcesses: number;
  queries: number;
  queriesUnanswered: number;
  /** Figures of exit events that were not billed because the task is older than the exporter and was never polled. */
  eventsWithoutBaseline: number;
  /** Undefined where records name their process, so that fork events are not needed, or where these are not to be had. */
  forks: { lost: number; unattributed: number } | undefined;
  /** Ended processes by how their group was found, or by what was missing to find it. */
  readonly exitAttribution: Record<Attribution, number>;
  readonly malformed: Map<string, number>;
  readonly scrapeErrors: Map<string, number>;
  readonly pollDuration: Histogram;
}

export function createCounters(): Counters {
  return {
    exitEvents: 0,
    exitEventsLost: 0,
    resyncs: 0,
    vanished: 0,
    polledProcesses: 0,
    queries: 0,
    queriesUnanswered: 0,
    eventsWithoutBaseline: 0,
    forks: undefined,
    exitAttribution: {
      tracked: 0,
      exec: 0,
      event: 0,
      parent: 0,
      cgroup: 0,
      unidentified_comm: 0,
      unidentified_cmdline: 0,
      unidentified_cgroup: 0,
      unidentified_user: 0,
      unidentified_start_time: 0,
      unidentified_parent: 0,
    },
    malformed: new Map(),
    scrapeErrors: new Map(),
    pollDuration: createHistogram(pollDurationBuckets),
  };
}

/** Adds one to the count of `key`. */
export function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
