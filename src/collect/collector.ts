/**
 * Brings the layers together at run time. A collection drains the exit events, discovers processes and polls them. Scrapers that come
 * at the same time share one collection.
 */

import { setImmediate as nextTurn, setTimeout as delay } from "node:timers/promises";
import type { HistogramPlan } from "../account/histogram-plan.ts";
import { createPlan } from "../account/plan.ts";
import { observe } from "../account/histogram.ts";
import type { Clock } from "../base/clock.ts";
import type { PodWatch } from "../kubernetes/watch.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { EventClient, QueryClient } from "../taskstats/client.ts";
import { createAsk } from "./polls/ask.ts";
import { createBiller } from "./biller.ts";
import type { Counters } from "./counters.ts";
import { createProcessGrouping, type ProcessGroupingOptions } from "./groups/process-grouping.ts";
import { createHiddenCount } from "./groups/hidden-processes.ts";
import type { GroupRegistry } from "./groups/group-registry.ts";
import type { GroupingRules } from "./groups/grouping-rules.ts";
import { createPoller } from "./polls/poller.ts";
import type { ThreadNaming } from "./thread-naming.ts";
import { createDiscovery } from "./discovery.ts";
import { createExitEvents, type ExitEventsOptions } from "./exits/exit-events.ts";
import type { TaskOwners } from "./exits/task-owners.ts";
import type { Process } from "./groups/process.ts";
import { createFileReadings, type FileReadings, type FileReadingsOptions } from "./file-readings.ts";
import { createMutex, shareInFlight } from "../base/mutex.ts";

export interface CollectorOptions
  extends
    Pick<
      ProcessGroupingOptions,
      | "users"
      | "groupingRules"
      | "children"
      | "kernelThreads"
      | "bootTime"
      | "commandLines"
      | "watchExecs"
      | "onWatcherFailed"
    >,
    Pick<FileReadingsOptions, "stateCollectors">,
    Pick<ExitEventsOptions, "onExit" | "onLost" | "onInterrupted" | "onResumed"> {
  readonly queries: QueryClient;
  /** Undefined where exit events do not arrive. */
  readonly events: EventClient | undefined;
  /** Undefined where records name their process, or where fork events do not arrive. */
  readonly forks: TaskOwners | undefined;
  readonly proc: ProcReader;
  readonly clock: Clock;
  /** Names of containers; undefined where series do not name containers. */
  readonly pods: PodWatch | undefined;
  readonly counters: Counters;
  /** Time between two timer ticks of this kernel. */
  readonly tickNs: number;
  /** Whether /proc hides processes from the exporter. */
  readonly hides: boolean;
  /** Whether the sums of a process keep the context switches and CPU time of its exited threads. */
  readonly deadThreadsKept: boolean;
  /** Whether figures are told by the names of threads too. */
  readonly threadNames: boolean;
  readonly discoveryIntervalMs: number;
  /** Called with a failure in the background, for which nobody waits. */
  readonly onError: (error: unknown) => void;
  /** Called after a resync, with the number of events that had been lost. */
  readonly onResynced: (lost: number) => void;
  /** Called once, when the exec watcher missed a program because a capability is missing. */
  readonly onWatcherLate: () => void;
}

export interface Collector {
  readonly groups: GroupRegistry;
  /** The histograms of each group. */
  readonly histograms: HistogramPlan;
  readonly processes: ReadonlyMap<number, Process>;
  readonly states: FileReadings["states"];
  /** The figures by the names of threads; undefined where they are not collected. */
  readonly threadNaming: ThreadNaming | undefined;
  readonly exitsUp: boolean;
  /** Whether the exec watcher is running; undefined where no rule needs it. */
  readonly execWatcherUp: boolean | undefined;
  /** Programs that the exec watcher missed because it lacks a capability; undefined where it has the capability. */
  readonly execsMissed: number | undefined;
  /** Live processes of which a fact that rules need cannot be read, by reason; empty where rules need none. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Rows in use, for processes and for threads. */
  readonly rows: { readonly processes: number; readonly threads: number };
  /** The CPU time of exited threads is known within bounds: the sum of the distances between them, in nanoseconds. */
  readonly uncertainRunNs: number;
  /** Takes the baseline and starts to follow processes. @throws ExporterError as `collect` */
  start(): Promise<void>;
  /** Brings all figures up to now. @throws ExporterError of any class */
  collect(): Promise<void>;
  /**
   * Brings all groups' sums up to now for people who watch. What is read from files stays as it is, and a process that has begun just
   * now is left alone: one that is met between its fork and its exec is billed to its parent's group until then.
   *
   * @throws ExporterError as `collect`
   */
  bill(): Promise<void>;
  /** Bills all figures up to now by the old configuration, and goes on with another one. @throws ExporterError as `collect` */
  configure(groupingRules: GroupingRules): Promise<void>;
  stop(): void;
  /** Stops when the running collection is over, or after `limitMs`. */
  end(limitMs: number): Promise<void>;
}

/** A process that is so old has begun to run its program, and has set its title, in seconds. */
const grownSeconds = 0.25;

/** Interval between two counts of the processes that /proc hides. */
const hiddenIntervalMs = 60_000;

export function createCollector(options: CollectorOptions): Collector {
  const { queries, forks, proc, clock, counters, onError, onResynced } = options;
  const yieldToEventLoop = (): Promise<void> => nextTurn();
  const exitsUp = (): boolean => exitEvents.up;

  const ask = createAsk(queries, counters);
  const biller = createBiller({
    ...options,
    plan: createPlan(options),
    implausible: counters.implausible,
    isLossy: () => exitEvents.incomplete,
    maxThreadNames: options.threadNames ? options.groupingRules.maxThreadNames : undefined,
  });
  const { threadNaming } = biller;
  // The poller is created below, since it needs the tracker. It is not called before.
  const processGrouping = createProcessGrouping({
    ...options,
    exitsUp,
    poller: {
      billUpToNow: (process) => poller.billUpToNow(process),
      billAllUpToNow: (processes) => poller.billAllUpToNow(processes),
      findRan: (processes) => poller.findRan(processes),
    },
    yieldToEventLoop,
  });
  const { groups, tracker, execHistory } = processGrouping;

  const exitEvents = createExitEvents({
    ...options,
    ...processGrouping,
    client: options.events,
    biller,
    onLoss() {
      discovery.noteLoss();
      void resync().catch(onError);
    },
    yieldToEventLoop,
  });
  const poller = createPoller({
    ...{ ask, tracker, biller, proc, clock, counters, exitsUp, yieldToEventLoop },
    drainExits: exitEvents.drain,
    onGone: exitEvents.closeUnreported,
  });
  const discovery = createDiscovery({ ask, clock, tracker, execHistory, exitEvents, yieldToEventLoop });
  const fileReadings = createFileReadings({ ...options, tracker, yieldToEventLoop });

  async function discoverInBackground(): Promise<void> {
    execHistory.note();
    await processGrouping.recoverFromLoss();
    options.bootTime.refresh();
    await discovery.run(true);
    await processGrouping.followChanges();
    await fileReadings.updateInBackground();
    execHistory.age();
    processGrouping.nameContainers(clock.monotonicUs());
    processGrouping.expireGroups(clock.monotonicUs());
  }

  async function poll(): Promise<void> {
    const beginUs = clock.monotonicUs();
    await poller.poll();
    processGrouping.nameContainers(clock.monotonicUs());
    observe(counters.pollDuration, (clock.monotonicUs() - beginUs) / 1e6);
  }

  async function bill(minAgeSeconds: number): Promise<void> {
    await discovery.run(false, minAgeSeconds);
    await poll();
  }

  const mutex = createMutex();
  const collect = mutex.share(() => bill(0).then(fileReadings.update));
  /** The number of lost events at the last resync. */
  let resynced = 0;
  /** After a lost event a tracked process may have exited, and its id may be another's: discovery and poll notice both. */
  const resync = shareInFlight(async () => {
    await yieldToEventLoop();
    await collect();
    counters.resyncs++;
    onResynced(counters.exitEventsLost - resynced);
    resynced = counters.exitEventsLost;
  });

  const hidden = createHiddenCount({ proc, ask, yieldToEventLoop, onError });
  let timer: NodeJS.Timeout | undefined;
  let hiddenTimer: NodeJS.Timeout | undefined;
  function stop(): void {
    clearInterval(timer);
    clearInterval(hiddenTimer);
    execHistory.close();
    exitEvents.stop();
    forks?.close();
    queries.close();
  }

  return {
    groups,
    get histograms() {
      return processGrouping.histograms;
    },
    processes: tracker.processes,
    states: fileReadings.states,
    threadNaming,
    get exitsUp() {
      return exitEvents.up;
    },
    get execWatcherUp() {
      return processGrouping.execWatcherUp;
    },
    get execsMissed() {
      return processGrouping.execWatcherLate ? counters.execsMissed : undefined;
    },
    get unreadable() {
      return hidden.count === undefined
        ? processGrouping.unreadable
        : new Map([...processGrouping.unreadable, ["hidepid", hidden.count]]);
    },
    get rows() {
      return biller.rows;
    },
    get uncertainRunNs() {
      return biller.uncertainRunNs;
    },
    async start() {
      biller.begin();
      await processGrouping.start();
      await fileReadings.start();
      await collect();
      await processGrouping.nameUsers();
      exitEvents.start();
      if (options.hides) {
        await hidden.refresh();
        hiddenTimer = setInterval(() => void hidden.refresh(), hiddenIntervalMs).unref();
      }
      timer = setInterval(
        () => void mutex.runExclusive(discoverInBackground).catch(onError),
        options.discoveryIntervalMs,
      ).unref();
    },
    collect,
    bill: () => mutex.runExclusive(() => bill(grownSeconds)),
    configure: (groupingRules) =>
      mutex.runExclusive(async () => {
        await discovery.run(true);
        await poll();
        await fileReadings.update();
        if (threadNaming !== undefined) threadNaming.limit = groupingRules.maxThreadNames;
        await processGrouping.configure(groupingRules);
      }),
    stop,
    async end(limitMs) {
      clearInterval(timer);
      clearInterval(hiddenTimer);
      const idle = new AbortController();
      const limit = delay(limitMs, undefined, { signal: idle.signal }).catch(() => undefined);
      await Promise.race([mutex.runExclusive(() => Promise.resolve()), limit]);
      idle.abort();
      stop();
    },
  };
}
