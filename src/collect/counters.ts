/** What the exporter counts about itself, as plain numbers: each part counts into this object, and the page reads it. */

import { createRefusals, type Refusals } from "../account/refusals.ts";
import { createHistogram, type Histogram } from "../account/histogram.ts";
import { pollDurationBuckets } from "../fields/exporter-metrics.ts";
import { createAttributions, type Attributions } from "./attribution.ts";

export interface Counters {
  /** Exit events that were received. */
  exitEvents: number;
  /** Exit events that the kernel dropped. */
  exitEventsLost: number;
  resyncs: number;
  /** Tracked processes that exited without an exit event. */
  vanished: number;
  /** Processes that the last poll asked for. */
  polledProcesses: number;
  queries: number;
  queriesUnanswered: number;
  /** Last figures that were not billed: the task is older than the exporter and was never polled. */
  eventsWithoutBaseline: number;
  /** Execs that the exec watcher saw. */
  execs: number;
  /** Events of execs and forks that the kernel dropped. */
  execsLost: number;
  /** Exited processes that had started a program of which the exec watcher saw too little. */
  execsMissed: number;
  /** Undefined where records name their process, so that fork events are not needed, and where fork events do not arrive. */
  forks: { lost: number; unattributed: number } | undefined;
  /** Exited processes by how their group was found, or by what was missing to find it. */
  readonly exitAttribution: Attributions;
  /** Waits in the kernel's figures that are not plausible. */
  readonly implausible: Refusals;
  /** Messages that could not be decoded, by error code. */
  readonly malformed: Map<string, number>;
  /** Failed scrapes, by error code. */
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
