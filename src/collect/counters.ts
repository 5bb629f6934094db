/** What the exporter counts about itself. Plain numbers: who counts them holds this object, the page reads it. */

import { createRefusals, type Refusals } from "../account/refusals.ts";
import { createHistogram, type Histogram } from "../account/histogram.ts";
import { pollDurationBuckets } from "../fields/exporter-metrics.ts";
import { createAttributions, type Attributions } from "./attribution.ts";

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
  /** Programs that the watcher saw being started, and those that the kernel could not tell of. */
  execs: number;
  execsLost: number;
  /** Ended processes that had started a program of which the watcher saw too little. */
  execsMissed: number;
  /** Undefined where records name their process, so that fork events are not needed, or where these are not to be had. */
  forks: { lost: number; unattributed: number } | undefined;
  /** Ended processes by how their group was found, or by what was missing to find it. */
  readonly exitAttribution: Attributions;
  /** Waits that the kernel told of and that cannot have happened. */
  readonly implausible: Refusals;
  readonly malformed: Map<string, number>;
  readonly scrapeErrors: Map<string, number>;
  /** Requests that were refused or cut off because they took too much, by reason. */
  readonly requestsRejected: Map<string, number>;
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
    execs: 0,
    execsLost: 0,
    execsMissed: 0,
    forks: undefined,
    exitAttribution: createAttributions(),
    implausible: createRefusals(),
    malformed: new Map(),
    scrapeErrors: new Map(),
    requestsRejected: new Map(),
    pollDuration: createHistogram(pollDurationBuckets),
  };
}

/** Adds one to the count of `key`. */
export function increment(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
