/** The exporter's figures about itself, as the page shows them. */

import type { ExporterFigures, LabelledValue } from "../exposition/page.ts";
import { delayKinds, type DelayKind } from "../fields/fields.ts";
import type { Counters } from "./counters.ts";

/** What is not counted: the state at this moment. */
export interface ExporterState {
  readonly version: string;
  readonly kernel: { readonly release: string; readonly structVersion: number; readonly structBytes: number };
  readonly delayacctEnabled: boolean;
  readonly processesWithoutDelayacct: number;
  /** The kinds of delay that have series. */
  readonly delayKinds: readonly DelayKind[];
  readonly exitsUp: boolean;
  /** Undefined where no rule needs the exec watcher. */
  readonly execWatcherUp: boolean | undefined;
  readonly logLinesDropped: number;
  /** Labels that say what this process may do; undefined where /proc does not show it. */
  readonly privileges: Readonly<Record<string, string>> | undefined;
  /** Live processes of which a fact that rules need cannot be read, by reason. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Age of the oldest reading of a live process's state; undefined where there is none. */
  readonly oldestReadingSeconds: number | undefined;
  /** Nanoseconds between the bounds of exited threads' CPU time; undefined where exit events do not arrive. */
  readonly uncertainRunNs: number | undefined;
  readonly groups: number;
  readonly groupsOverflowed: number;
  readonly groupsEvicted: number;
  /** Undefined where figures are not told by the names of threads. */
  readonly threadNamesOverflowed: number | undefined;
  /** Undefined where pods are not watched. */
  readonly pods: PodState | undefined;
  readonly configuration: {
    /** Seconds since 1970. */
    readonly loadedAt: number;
    /** Whether the last attempt to load it succeeded. */
    readonly successful: boolean;
  };
}

/** What is known of this node's pods. */
export interface PodState {
  readonly up: boolean;
  readonly errors: ReadonlyMap<string, number>;
  readonly count: number;
  readonly containersUnnamed: number;
}

const one = (value: number): readonly LabelledValue[] => [{ value }];

function byLabel(label: string, counts: Iterable<readonly [string, number]>): readonly LabelledValue[] {
  return [...counts].map(([key, value]) => ({ labels: { [label]: key }, value }));
}

/** One figure for each kind of delay that this kernel has. */
function byKind(state: ExporterState, figures: Float64Array, divisor: number): readonly LabelledValue[] {
  return state.delayKinds.map((kind) => {
    return { labels: { kind }, value: (figures[delayKinds.indexOf(kind)] as number) / divisor };
  });
}

export function createExporterFigures(counters: Counters, state: ExporterState): ExporterFigures {
  const { kernel, pods } = state;
  return {
    buildInfo: [{ labels: { version: state.version, node_version: process.version }, value: 1 }],
    kernelInfo: [
      {
        labels: {
          release: kernel.release,
          struct_version: String(kernel.structVersion),
          struct_bytes: String(kernel.structBytes),
        },
        value: 1,
      },
    ],
    privilegesInfo: state.privileges === undefined ? [] : [{ labels: state.privileges, value: 1 }],
    delayacctEnabled: one(Number(state.delayacctEnabled)),
    processesWithoutDelayacct: one(state.processesWithoutDelayacct),
    exitListenerUp: one(Number(state.exitsUp)),
    exitEvents: one(counters.exitEvents),
    exitEventsLost: one(counters.exitEventsLost),
    messagesMalformed: byLabel("code", counters.malformed),
    exitAttribution: byLabel("by", Object.entries(counters.exitAttribution)),
    eventsWithoutBaseline: one(counters.eventsWithoutBaseline),
    execWatcherUp: state.execWatcherUp === undefined ? [] : one(Number(state.execWatcherUp)),
    execEvents: state.execWatcherUp === undefined ? [] : one(counters.execs),
    execEventsLost: state.execWatcherUp === undefined ? [] : one(counters.execsLost),
    unreadableProcesses: byLabel("reason", state.unreadable),
    oldestReading: state.oldestReadingSeconds === undefined ? [] : one(state.oldestReadingSeconds),
    forkEventsLost: counters.forks === undefined ? [] : one(counters.forks.lost),
    exitRecordsUnattributed: counters.forks === undefined ? [] : one(counters.forks.unattributed),
    cpuRunUncertain: state.uncertainRunNs === undefined ? [] : one(state.uncertainRunNs / 1e9),
    implausibleDelays: byKind(state, counters.implausible.waits, 1),
    implausibleDelaySeconds: byKind(state, counters.implausible.ns, 1e9),
    resyncs: one(counters.resyncs),
    vanished: one(counters.vanished),
    polledProcesses: one(counters.polledProcesses),
    queries: one(counters.queries),
    queriesUnanswered: one(counters.queriesUnanswered),
    pollDuration: counters.pollDuration,
    scrapeErrors: byLabel("code", counters.scrapeErrors),
    logLinesDropped: one(state.logLinesDropped),
    requestsRejected: byLabel("reason", counters.requestsRejected),
    groups: one(state.groups),
    groupsOverflowed: one(state.groupsOverflowed),
    groupsEvicted: one(state.groupsEvicted),
    threadNamesOverflowed: state.threadNamesOverflowed === undefined ? [] : one(state.threadNamesOverflowed),
    podWatchUp: pods === undefined ? [] : one(Number(pods.up)),
    podWatchErrors: byLabel("code", pods?.errors ?? []),
    pods: pods === undefined ? [] : one(pods.count),
    containersUnnamed: pods === undefined ? [] : one(pods.containersUnnamed),
    configReloadSuccessful: one(Number(state.configuration.successful)),
    configReloadTimestamp: one(state.configuration.loadedAt),
  };
}
