/**
 * Brings the layers together at run time: one collection drains exit events, discovers processes, polls them, and
 * gives the figures to whoever asked. Scrapers that come together share one.
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
import { createDiscovery } from "./discovery.ts";
import { createExitEvents } from "./exits/exit-events.ts";
import type { TaskOwners } from "./exits/task-owners.ts";
import type { Process } from "./groups/process.ts";
import { createControlGroupReader } from "../procfs/control-groups.ts";
import { createThrottling } from "./throttling.ts";
import { createMutex, shareInFlight } from "../base/mutex.ts";

export interface CollectorOptions extends Pick<
  ProcessGroupingOptions,
  | "users"
  | "groupingRules"
  | "children"
  | "kernelThreads"
  | "bootTime"
  | "commandLines"
  | "watchExecs"
  | "onWatcherFailed"
> {
  readonly queries: QueryClient;
  /** Undefined where exit events do not arrive. */
  readonly events: EventClient | undefined;
  /** Undefined where records name their process, or where fork events do not arrive. */
  readonly forks: TaskOwners | undefined;
  readonly proc: ProcReader;
  readonly clock: Clock;
  /** Where names of containers come from; undefined where series do not name them. */
  readonly pods: PodWatch | undefined;
  readonly counters: Counters;
  /** Time between two timer ticks of this kernel. */
  readonly tickNs: number;
  /** Whether /proc hides processes from the exporter. */
  readonly hides: boolean;
  /** Whether a process's sums keep the context switches and CPU time of its ended threads. */
  readonly deadThreadsKept: boolean;
  readonly discoveryIntervalMs: number;
  /** Told of a failure outside a collection that somebody waits for. */
  readonly onError: (error: unknown) => void;
  /** Told that processes were looked through again, after so many events had been lost. */
  readonly onMended: (lost: number) => void;
  /** Told once that the watcher came too late for a program, for want of a capability. */
  readonly onWatcherLate: () => void;
}

export interface Collector {
  readonly groups: GroupRegistry;
  /** What the groups' histograms are of. */
  readonly histograms: HistogramPlan;
  readonly processes: ReadonlyMap<number, Process>;
  readonly exitsUp: boolean;
  /** Whether programs are watched as they are started; undefined where no rule needs it. */
  readonly execWatcherUp: boolean | undefined;
  /** Programs that the watcher came too late for, where that is for want of a capability; undefined where it has it. */
  readonly execsMissed: number | undefined;
  /** Live processes of which something that rules need cannot be read, by the reason; empty where none is needed. */
  readonly unreadable: ReadonlyMap<string, number>;
  /** Rows in use, for processes and for threads. */
  readonly rows: { readonly processes: number; readonly threads: number };
  /** How far apart the bounds of ended threads' CPU time are, summed up. */
  readonly uncertainRunNs: number;
  /** Takes the baseline and begins to follow processes. @throws ExporterError as `collect` */
  start(): Promise<void>;
  /** Brings all figures up to now. @throws ExporterError of any class */
  collect(): Promise<void>;
  /** Goes on by another configuration; what was done until now is billed by the one before. @throws ExporterError as `collect` */
  configure(groupingRules: GroupingRules): Promise<void>;
  stop(): void;
  /** Stops when the collection that runs has ended, but waits for it no longer than that. */
  end(limitMs: number): Promise<void>;
}

/** How often processes that /proc hides are counted. */
const hiddenIntervalMs = 60_000;

/** What quotas held back before their baseline is read is lost: at the start it is waited for, even on a busy machine. */
const baselinePatienceMs = 5000;

export function createCollector(options: CollectorOptions): Collector {
  const { queries, forks, proc, clock, counters, onError, onMended } = options;
  const yieldToEventLoop = (): Promise<void> => nextTurn();
  const exitsUp = (): boolean => exitEvents.up;

  const ask = createAsk(queries, counters);
  const biller = createBiller({
    ...options,
    plan: createPlan(options),
    implausible: counters.implausible,
    isLossy: () => exitEvents.incomplete,
  });
  // The poller is made below, since it needs what tracks processes; nothing is billed before.
  const processGrouping = createProcessGrouping({
    ...options,
    exitsUp,
    poller: {
      billUpToNow: (process) => poller.billUpToNow(process),
      billFormers: (processes) => poller.billFormers(processes),
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
  const throttling = createThrottling({
    reader: createControlGroupReader(proc.root),
    processes: tracker.processes,
    clock,
  });

  async function discoverInBackground(): Promise<void> {
    execHistory.note();
    await processGrouping.mendLoss();
    options.bootTime.refresh();
    await discovery.run(true);
    await processGrouping.followChanges();
    await throttling.update();
    execHistory.age();
    processGrouping.nameContainers(clock.monotonicUs());
    processGrouping.expireGroups(clock.monotonicUs());
  }

  async function poll(): Promise<void> {
    const beginUs = clock.monotonicUs();
    await poller.poll();
    processGrouping.nameContainers(clock.monotonicUs());
    observe(counters.pollDuration, (clock.monotonicUs() - beginUs) / 1e6);
    await throttling.update();
  }

  const mutex = createMutex();
  const collect = mutex.share(() => discovery.run(false).then(poll));
  /** Events lost that the last resync has made up for. */
  let mended = 0;
  /** A lost event may leave a process tracked that is gone, or its id with another: discovery and poll find both. */
  const resync = shareInFlight(async () => {
    await yieldToEventLoop();
    await collect();
    counters.resyncs++;
    onMended(counters.exitEventsLost - mended);
    mended = counters.exitEventsLost;
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
      await throttling.update(baselinePatienceMs);
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
    configure: (groupingRules) =>
      mutex.runExclusive(async () => {
        await discovery.run(true);
        await poll();
        await processGrouping.configure(groupingRules);
      }),
    stop,
    async end(limitMs) {
      clearInterval(timer);
      clearInterval(hiddenTimer);
      const ended = new AbortController();
      const limit = delay(limitMs, undefined, { signal: ended.signal }).catch(() => undefined);
      await Promise.race([mutex.runExclusive(() => Promise.resolve()), limit]);
      ended.abort();
      stop();
    },
  };
}
