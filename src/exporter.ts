/** Puts the parts together: from the kernel's sockets and /proc to figures of a page. Wiring only. */

import { ExporterError } from "./base/errors.ts";
import type { Account } from "./account/account.ts";
import { createCollector, type Collector } from "./collect/collector.ts";
import { createCounters, type Counters } from "./collect/counters.ts";
import { falseWaitsCure } from "./collect/false-waits.ts";
import { createExporterFigures } from "./collect/exporter-figures.ts";
import type { WatchExecs } from "./execs/exec-watcher.ts";
import type { GroupingRules } from "./collect/groups/grouping-rules.ts";
import { listMembers, type Member } from "./collect/groups/members.ts";
import { buildPage } from "./collect/page-builder.ts";
import { createMutex } from "./base/mutex.ts";
import type { FirstShown, Page } from "./exposition/page.ts";
import { delayKinds, slotOf } from "./fields/fields.ts";
import type { ShownPrivileges } from "./privileges/show.ts";
import { openKernel, type KernelAccess, type KernelAccessOptions } from "./kernel-access.ts";
import type { PodWatch } from "./kubernetes/watch.ts";
import { createBootTime, type BootTime } from "./procfs/boot-time.ts";
import type { CommandLines } from "./procfs/command-lines.ts";
import type { UserNames } from "./procfs/users.ts";

/** What the exporter does, as far as flags decide it. */
export interface ExporterConfig extends Pick<KernelAccessOptions, "exitsEnabled" | "exitsReceiveBufferBytes"> {
  readonly discoveryIntervalMs: number;
  readonly kernelThreads: boolean;
  readonly children: boolean;
}

export interface ExporterOptions extends Omit<KernelAccessOptions, "counters" | keyof ExporterConfig> {
  readonly config: ExporterConfig;
  /** Reads what the configuration decides, at the start and for each reload. @throws ExporterError */
  readonly loadGroupingRules: () => Promise<GroupingRules>;
  /** Time between two timer ticks of this kernel. */
  readonly tickNs: number;
  /** Asked only where rules need them. */
  readonly users: UserNames;
  /** Names of this node's pods; undefined where series do not name them. */
  readonly pods: PodWatch | undefined;
  /** Asked only where rules need them. */
  readonly commandLines: CommandLines;
  /** Asked only where rules need it. */
  readonly watchExecs: WatchExecs;
  /** Lines of the log that could not be written. */
  readonly countLinesDropped: () => number;
  /** What this process may do; undefined where /proc does not tell. */
  readonly privileges: (ShownPrivileges & { readonly warning: string | undefined }) | undefined;
  readonly version: string;
}

/** The facts about this exporter's state that the landing page shows. */
export interface ExporterStatus {
  readonly exitsUp: boolean;
  readonly exitsDownReason: string | undefined;
  readonly delayacctEnabled: boolean;
  /** Why processes of other users are not shown; undefined where they are. */
  readonly hiddenReason: string | undefined;
  /** Programs that ended before they could be read, for want of a capability; undefined where there is none missing. */
  readonly execsMissed: number | undefined;
  /** Where this kernel tells of block I/O waits that never were: what ends that, and how many were refused. */
  readonly falseWaits: { readonly cure: string; readonly refused: number } | undefined;
  /** Whether names of pods are current, and of how many; undefined where pods are not watched. */
  readonly pods: { readonly current: boolean; readonly count: number } | undefined;
  /** What this process may do, in one line; undefined where /proc does not tell. */
  readonly privileges: string | undefined;
  readonly processes: number;
  readonly groups: number;
}

export interface Exporter {
  readonly counters: Counters;
  /** Checks the kernel, takes the baseline, and begins to follow processes. @throws ExporterError */
  start(): Promise<void>;
  /**
   * All figures as of now.
   *
   * @param first asked when they are read: what the page shows scrapers first; left out where a person looks
   * @throws ExporterError NOT_READY, and what a collection throws
   */
  collect(first?: () => FirstShown): Promise<Page>;
  /** Goes on by the configuration as it is now; where it is bad, by the one before. @throws ExporterError */
  reload(): Promise<void>;
  status(): ExporterStatus | undefined;
  /** The processes of each group, by its account. */
  listMembers(): ReadonlyMap<Account, readonly Member[]>;
  stop(): void;
  /** Answers nobody any more, and stops when the collection that runs has ended: after `limitMs` at the latest. */
  end(limitMs: number): Promise<void>;
}

const irqCount = slotOf("irq_count");

/** What `start` finds out, and what all collections then use. */
interface Running extends Pick<
  KernelAccess,
  "availability" | "delayacct" | "falseWaits" | "hidden" | "kernel" | "exitsDownReason"
> {
  readonly collector: Collector;
  readonly bootTime: BootTime;
}

const createTardiness = (): ExporterError =>
  new ExporterError("EXECS_MISSED", { where: "watching programs", want: "CAP_SYS_NICE", got: "none" });

/** Says what this process may do, and what it has kept that it does not need. */
function tellPrivileges(shown: ExporterOptions["privileges"], log: ExporterOptions["log"]): void {
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
    // Before exit events queue up: it may take a while.
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
      bootTime,
      tickNs,
      watchExecs,
      onWatcherFailed: (error) =>
        log.warn({ err: error }, "short-lived processes cannot be classified by what only /proc shows"),
      discoveryIntervalMs: config.discoveryIntervalMs,
      onError: (error) => {
        // What fails at the end fails because of it.
        if (!ended) log.error({ err: error }, "a collection in the background failed");
      },
      onWatcherLate: () => log.warn({ err: createTardiness() }, "short programs are in the group unidentified"),
      onMended: (lost) => log.warn({ lost }, "exit events were lost: raise --exits.receive-buffer, or the priority"),
    });
    await collector.start();
    Object.assign(configuration, { loadedAt: clock.unixSeconds(), successful: true });
    running = { ...access, collector, bootTime };
    const { deadThreadsKept } = access;
    const processes = collector.processes.size;
    log.info({ ...kernel, exits: exitsDownReason === undefined, deadThreadsKept, processes }, "following processes");
    tellPrivileges(options.privileges, log);
  }

  function createPage({ collector, availability, delayacct, bootTime, kernel }: Running, first?: FirstShown): Page {
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
      groupsOverflowed: collector.groups.overflowed,
      groupsEvicted: collector.groups.evicted,
      pods: pods && {
        up: pods.up,
        errors: pods.errors,
        count: pods.names.pods,
        containersUnnamed: collector.groups.awaited.size,
      },
      configuration,
    });
    const { histograms } = collector;
    return { groups, histograms, has: availability.has, exitsUp: collector.exitsUp, exporter };
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

  const reloads = createMutex();

  return {
    counters,
    start,
    async collect(first) {
      if (running === undefined) {
        throw new ExporterError("NOT_READY", { where: "collection", want: "a baseline", got: "none yet" });
      }
      const current = running;
      await current.collector.collect();
      return createPage(current, first?.());
    },
    // One after the other: the file may have changed since the one before was read.
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
    },
  };
}
