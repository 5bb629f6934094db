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
import { createFindEnded } from "./exits/ended-processes.ts";
import { createExitHandler } from "./exits/exit-handler.ts";
import { createReclassifier } from "./groups/reclassifier.ts";
import { createContainers, type ContainersOptions } from "./groups/containers.ts";
import { createProcessGrouping, type ProcessGroupingOptions } from "./groups/process-grouping.ts";
import { createHiddenCount } from "./groups/hidden-processes.ts";
import type { GroupRegistry } from "./groups/group-registry.ts";
import type { GroupingRules } from "./groups/grouping-rules.ts";
import { createListener } from "./exits/listener.ts";
import { createPoller } from "./polls/poller.ts";
import type { TaskOwners } from "./exits/task-owners.ts";
import type { Process } from "./groups/process.ts";
import { createControlGroupReader } from "../procfs/control-groups.ts";
import { createRecognition } from "./exits/recognition.ts";
import { createThrottling } from "./throttling.ts";
import { createThreadPoller } from "./polls/thread-poller.ts";
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

const namesOf = (pods: PodWatch, clock: Clock): ContainersOptions => ({
  names: pods.names,
  isCurrent: () => pods.up,
  isAway: () => !pods.up && pods.errors.size > 0,
  clock,
});

/** What quotas held back before their baseline is read is lost: at the start it is waited for, even on a busy machine. */
const baselinePatienceMs = 5000;

export function createCollector(options: CollectorOptions): Collector {
  const { queries, events, forks, proc, clock, pods, counters, kernelThreads, onError, onMended, onWatcherLate } =
    options;
  let exitsUp = events !== undefined;
  const isUp = (): boolean => exitsUp;
  const yieldToEventLoop = (): Promise<void> => nextTurn();

  const { implausible } = counters;
  /** Events could not be taken for a while, of which nobody knows how many there were. */
  let hasMissed = false;
  const isLossy = (): boolean => !exitsUp || hasMissed || counters.exitEventsLost > 0;
  const biller = createBiller({ ...options, plan: createPlan(options), implausible, isLossy });
  const containers = pods && createContainers(namesOf(pods, clock));
  const billUpToNow = (process: Process): void => poller.billUpToNow(process);
  const processGrouping = createProcessGrouping({ ...options, containers, exitsUp: isUp, billUpToNow });
  const { groups, tracker, execHistory } = processGrouping;
  const recognition = createRecognition({ proc, ...processGrouping });
  const exits = createExitHandler({
    ...{ tracker, recognition, execHistory, groups, biller, counters, clock, kernelThreads, forks },
    users: options.users,
  });

  let lateTold = false;

  async function settleExits(): Promise<void> {
    await exits.settle();
    if (lateTold || !execHistory.late || counters.execsMissed === 0) return;
    lateTold = true;
    onWatcherLate();
  }

  /** Events were lost since /proc was last listed: tracked processes may be gone. */
  let lossUnresolved = false;
  /** Processes that were in the middle of their end when the last loss was looked into. */
  let undecided: readonly Process[] = [];
  const listener =
    events &&
    createListener({
      client: events,
      onBegin: execHistory.note,
      onDrained: settleExits,
      handle: exits.handle,
      onLost: (count) => {
        counters.exitEventsLost += count;
        lossUnresolved = true;
        void resync().catch(onError);
      },
      onBroken: (error) => {
        exitsUp = false;
        hasMissed = true;
        onError(error);
      },
      onMended: () => {
        exitsUp = true;
        lossUnresolved = true;
        void resync().catch(onError);
      },
      yieldToEventLoop,
    });
  const drainExits = (): void => listener?.drain();

  /** A process without a last record: lost, or exit events do not arrive. */
  function endUnseen(process: Process): void {
    if (process.ended) return;
    if (process.facts === undefined) {
      const { facts, assignment } = recognition.recognise(process.tgid, process.exitDetails);
      tracker.assign(process, facts, assignment);
    }
    counters.vanished++;
    biller.close(process);
    tracker.remove(process);
  }

  const ask = createAsk(queries, counters);
  const findEnded = createFindEnded({ ask, clock, yieldToEventLoop });
  const threads = createThreadPoller({ ask, biller, proc, exitsUp: isUp, drainExits, yieldToEventLoop });
  const onGone = endUnseen;
  const poller = createPoller({
    ask,
    tracker,
    biller,
    threads,
    proc,
    clock,
    counters,
    exitsUp: isUp,
    onGone,
    yieldToEventLoop,
  });

  const throttling = createThrottling({
    reader: createControlGroupReader(proc.root),
    processes: tracker.processes,
    clock,
  });
  const reclassifier = createReclassifier({
    ...processGrouping,
    proc,
    poller,
    bootTime: options.bootTime,
    users: options.users,
    yieldToEventLoop,
  });

  /** @param search list /proc even where it seems that nothing was started */
  async function discover(search: boolean): Promise<void> {
    // A process that has ended may have started another program before.
    await execHistory.caughtUp();
    await listener?.drainInSlices();
    const doubtful = lossUnresolved;
    lossUnresolved = false;
    try {
      await endUnreported(search, doubtful);
    } catch (error) {
      // What could not be looked into is looked into the next time.
      lossUnresolved ||= doubtful;
      throw error;
    }
    if (doubtful) await tracker.discover({ thorough: true, yieldToEventLoop });
  }

  /** Adopts what /proc shows, and ends those processes that ended without an event. */
  async function endUnreported(search: boolean, doubtful: boolean): Promise<void> {
    const missing = await tracker.discover({ thorough: search || !exitsUp || doubtful, yieldToEventLoop });
    const verified = await tracker.verify(doubtful ? [...tracker.processes.values()] : undecided, yieldToEventLoop);
    undecided = verified.undecided;
    const ended = await findEnded([...new Set([...missing, ...verified.absent])]);
    // Their events were queued before the kernel knew them no more: after this drain, what is left was lost.
    await listener?.drainInSlices();
    await settleExits();
    [...verified.gone, ...ended].forEach(endUnseen);
  }

  async function discoverInBackground(): Promise<void> {
    execHistory.note();
    await processGrouping.mendLoss(yieldToEventLoop);
    options.bootTime.refresh();
    await discover(true);
    await reclassifier.follow();
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
  const collect = mutex.share(() => discover(false).then(poll));
  /** A lost event may leave a process tracked that is gone, or its id with another: discovery and poll find both. */
  let mended = 0;
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
    listener?.stop();
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
      return exitsUp;
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
      await processGrouping.nameUsers(reclassifier.follow);
      listener?.start();
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
        await discover(true);
        await poll();
        await processGrouping.configure(groupingRules, yieldToEventLoop);
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
