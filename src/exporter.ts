/** Connects the parts of the exporter: from the kernel's sockets and /proc to the figures of a page. Wiring only. */

import { ExporterError } from "./base/errors.ts";
import type { Account } from "./account/account.ts";
import { createCollector, type Collector, type CollectorOptions } from "./collect/collector.ts";
import { createCounters, type Counters } from "./collect/counters.ts";
import { falseWaitsCure } from "./collect/false-waits.ts";
import { createExporterFigures } from "./collect/exporter-figures.ts";
import type { WatchExecs } from "./execs/exec-watcher.ts";
import type { GroupingRules } from "./collect/groups/grouping-rules.ts";
import { listMembers, type Member } from "./collect/groups/members.ts";
import { buildPage } from "./collect/page-builder.ts";
import { createMutex } from "./base/mutex.ts";
import type { FirstShown, GroupFigures, Page } from "./exposition/page.ts";
import { delayKinds, slotOf } from "./fields/fields.ts";
import type { StateCollector } from "./fields/state-metrics.ts";
import type { ShownPrivileges } from "./privileges/show.ts";
import type { ExporterStatus } from "./live/status.ts";
import { openKernel, type KernelAccess, type KernelAccessOptions } from "./kernel-access.ts";
import type { PodWatch } from "./kubernetes/watch.ts";
import { createBootTime, type BootTime } from "./procfs/boot-time.ts";
import type { CommandLines } from "./procfs/command-lines.ts";
import type { UserNames } from "./procfs/users.ts";

/** The settings of the exporter that come from flags. */
export interface ExporterConfig extends Pick<
  KernelAccessOptions,
  "exitsEnabled" | "exitsRequired" | "exitsReceiveBufferBytes" | "cgroupDirectories"
> {
  readonly discoveryIntervalMs: number;
  readonly kernelThreads: boolean;
  readonly children: boolean;
  readonly stateCollectors: ReadonlySet<StateCollector>;
  /** Whether figures are told by the names of threads too. */
  readonly threadNames: boolean;
}

/** What may be told of each exit of a process, and of exit events that do not arrive, as it happens. */
export type ExitHooks = Pick<CollectorOptions, "onExit" | "onLost" | "onInterrupted" | "onResumed">;

export interface ExporterOptions extends Omit<KernelAccessOptions, "counters" | keyof ExporterConfig>, ExitHooks {
  readonly config: ExporterConfig;
  /** Reads the configuration file. Called at the start and for each reload. @throws ExporterError */
  readonly loadGroupingRules: () => Promise<GroupingRules>;
  /** Time between two timer ticks of this kernel, in nanoseconds. */
  readonly tickNs: number;
  /** Names of users. Used only if rules match on users. */
  readonly users: UserNames;
  /** Names of this node's pods; undefined where series carry no pod names. */
  readonly pods: PodWatch | undefined;
  /** Command lines of processes. Used only if rules match on arguments. */
  readonly commandLines: CommandLines;
  /** Starts the exec watcher. Called only if rules need facts that no exit event holds. */
  readonly watchExecs: WatchExecs;
  /** Returns how many log lines could not be written so far. */
  readonly countLinesDropped: () => number;
  /** The capabilities and other privileges of this process; undefined where /proc does not show them. */
  readonly privileges: (ShownPrivileges & { readonly warning: string | undefined }) | undefined;
  readonly version: string;
}

export interface Exporter {
  readonly counters: Counters;
  /** Checks the kernel, takes the baseline, and begins to track processes. @throws ExporterError */
  start(): Promise<void>;
  /**
   * Collects and returns all figures as of now.
   *
   * @param first called after the collection: what the page shows of a new series first. Left out where no scraper sees the page
   * @throws ExporterError NOT_READY before `start` has ended, and what a collection throws
   */
  collect(first?: () => FirstShown): Promise<Page>;
  /** The groups' figures as of now, for people. Cheaper than a page: without states, memory, descriptors and names of threads. @throws ExporterError as `collect` */
  sample(): Promise<readonly GroupFigures[]>;
  /** Loads the configuration again. If it is bad, the previous one stays in force. @throws ExporterError */
  reload(): Promise<void>;
  status(): ExporterStatus | undefined;
  /** The tracked processes of each group, by the group's account. */
  listMembers(): ReadonlyMap<Account, readonly Member[]>;
  /** Stops at once. */
  stop(): void;
  /** Refuses new collections, and stops when the running one has ended, but after `limitMs` at the latest. */
  end(limitMs: number): Promise<void>;
}

const irqCount = slotOf("irq_count");

/** What `start` finds out about the kernel. All collections use it. */
interface Running extends Pick<
  KernelAccess,
  "availability" | "cgroupTasks" | "delayacct" | "falseWaits" | "hidden" | "kernel" | "exitsDownReason"
> {
  readonly collector: Collector;
  readonly bootTime: BootTime;
}

const createMissedExecsError = (): ExporterError =>
  new ExporterError("EXECS_MISSED", { where: "watching programs", want: "CAP_SYS_NICE", got: "none" });

/** Logs the privileges of this process, and warns of those that it does not need. */
function logPrivileges(shown: ExporterOptions["privileges"], log: ExporterOptions["log"]): void {
  if (shown === undefined) return;
  log.info(shown.labels, "privileges in force");
  if (shown.warning !== undefined) log.warn({ reason: shown.warning }, "privileges that are not needed were kept");
}

export function createExporter(options: ExporterOptions): Exporter {
  const { clock, config, log, version, watchExecs, loadGroupingRules, pods, tickNs } = options;
  const counters = createCounters();
  const configuration = { loadedAt: 0, successful: true };
  let running: Running | undefined;
  let ended = false;

  async function start(): Promise<void> {
    const groupingRules = await loadGroupingRules();
    pods?.configure(groupingRules.podLabels);
    // This may take a while, so it comes before exit events begin to queue up.
    await pods?.start();
    const access = await openKernel({ ...options, ...config, counters });
    const { proc, kernel, exitsDownReason } = access;
    const bootTime = createBootTime(proc);
    const collector = createCollector({
      ...access,
      hides: access.hidden !== undefined,
      clock,
      pods,
      counters,
      groupingRules,
      commandLines: options.commandLines,
      users: options.users,
      children: config.children,
      kernelThreads: config.kernelThreads,
      stateCollectors: config.stateCollectors,
      threadNames: config.threadNames,
      bootTime,
      tickNs,
      watchExecs,
      onExit: options.onExit,
      onLost: options.onLost,
      onInterrupted: options.onInterrupted,
      onResumed: options.onResumed,
      onWatcherFailed: (error) =>
        log.warn({ err: error }, "short-lived processes cannot be classified by what only /proc shows"),
      discoveryIntervalMs: config.discoveryIntervalMs,
      onError: (error) => {
        // After `end`, a collection fails because its sockets are closed: that is no error.
        if (!ended) log.error({ err: error }, "a collection in the background failed");
      },
      onWatcherLate: () => log.warn({ err: createMissedExecsError() }, "short programs are in the group unidentified"),
      onResynced(lost) {
        // Whoever is told of each loss as it happens needs no second message.
        const level = options.onLost === undefined ? "warn" : "debug";
        log[level]({ lost }, "exit events were lost: raise --exits.receive-buffer, or the priority");
      },
    });
    await collector.start();
    Object.assign(configuration, { loadedAt: clock.unixSeconds(), successful: true });
    running = { ...access, collector, bootTime };
    const { deadThreadsKept } = access;
    const processes = collector.processes.size;
    log.info({ ...kernel, exits: exitsDownReason === undefined, deadThreadsKept, processes }, "following processes");
    logPrivileges(options.privileges, log);
  }

  function createPage(
    { collector, availability, delayacct, bootTime, kernel }: Running,
    { first, cgroups }: { readonly first?: FirstShown | undefined; readonly cgroups?: Page["cgroups"] },
  ): Page {
    const groups = buildPage(collector, bootTime, first);
    delayacct.refresh();
    if (delayacct.enabled) availability.noteDelayacct();
    if (groups.some(({ sums }) => (sums[irqCount] as number) > 0)) availability.noteInterrupts();
    const exporter = createExporterFigures(counters, {
      version,
      kernel,
      delayacctEnabled: delayacct.enabled,
      processesWithoutDelayacct: [...collector.processes.values()].filter(delayacct.isMissing).length,
      delayKinds: delayKinds.filter((kind) => availability.has(slotOf(`${kind}_delay_total`))),
      exitsUp: collector.exitsUp,
      execWatcherUp: collector.execWatcherUp,
      logLinesDropped: options.countLinesDropped(),
      privileges: options.privileges?.labels,
      uncertainRunNs: collector.exitsUp ? collector.uncertainRunNs : undefined,
      groups: collector.groups.size,
      unreadable: collector.unreadable,
      oldestReadingSeconds: collector.states.oldestSeconds,
      groupsOverflowed: collector.groups.overflowed,
      groupsEvicted: collector.groups.evicted,
      threadNamesOverflowed: collector.threadNaming?.overflowed,
      pods: pods && {
        up: pods.up,
        errors: pods.errors,
        count: pods.names.pods,
        containersUnnamed: collector.groups.awaited.size,
      },
      configuration,
    });
    const { histograms } = collector;
    return {
      groups,
      histograms,
      has: availability.has,
      exitsUp: collector.exitsUp,
      exporter,
      ...(cgroups && { cgroups }),
    };
  }

  async function reload(): Promise<void> {
    try {
      const groupingRules = await loadGroupingRules();
      pods?.configure(groupingRules.podLabels);
      await running?.collector.configure(groupingRules);
      Object.assign(configuration, { loadedAt: clock.unixSeconds(), successful: true });
      log.debug({ declared: groupingRules.classifier.declared.length }, "rules are in force");
    } catch (error) {
      configuration.successful = false;
      throw error;
    }
  }

  /** @throws ExporterError NOT_READY */
  function getRunning(): Running {
    if (running !== undefined) return running;
    throw new ExporterError("NOT_READY", { where: "collection", want: "a baseline", got: "none yet" });
  }

  const reloads = createMutex();

  return {
    counters,
    start,
    async collect(first) {
      const current = getRunning();
      const [cgroups] = await Promise.all([current.cgroupTasks?.read(), current.collector.collect()]);
      return createPage(current, { first: first?.(), cgroups });
    },
    async sample() {
      const current = getRunning();
      await current.collector.bill();
      const { groups, processes } = current.collector;
      return buildPage({ groups, processes }, current.bootTime, undefined);
    },
    // Reloads run one after the other, and each reads the file: it may have changed since the reload before.
    reload: () => reloads.runExclusive(reload),
    listMembers: () => listMembers(running?.collector.processes.values() ?? []),
    status() {
      if (running === undefined) return undefined;
      const { collector, exitsDownReason, delayacct, hidden, falseWaits } = running;
      const refused = counters.implausible.waits[delayKinds.indexOf("blkio")] as number;
      const { exitsUp, processes, groups } = collector;
      return {
        exitsUp,
        exitsDownReason,
        exitEventsLost: counters.exitEventsLost,
        delayacctEnabled: delayacct.enabled,
        hiddenReason: hidden?.message,
        execsMissed: collector.execsMissed,
        falseWaits: falseWaits ? { cure: falseWaitsCure, refused } : undefined,
        pods: pods && { current: pods.up, count: pods.names.pods },
        privileges: options.privileges?.summary,
        processes: processes.size,
        groups: groups.size,
      };
    },
    stop() {
      pods?.stop();
      running?.cgroupTasks?.close();
      running?.collector.stop();
      options.commandLines.close();
      running = undefined;
    },
    async end(limitMs) {
      const ending = running;
      running = undefined;
      ended = true;
      pods?.stop();
      await ending?.collector.end(limitMs);
      ending?.cgroupTasks?.close();
    },
  };
}
