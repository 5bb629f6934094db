/** Puts the parts together: from the kernel's sockets and /proc to figures of a page. Wiring only. */

import { readFileSync } from "node:fs";
import { ExporterError } from "./base/errors.ts";
import type { Account } from "./account/account.ts";
import type { Clock } from "./base/clock.ts";
import { createAvailability, type Availability } from "./collect/availability.ts";
import { createCollector, type Collector } from "./collect/collector.ts";
import { createCounters, increment, type Counters } from "./collect/counters.ts";
import type { WatchExecs } from "./collect/groups/exec-watcher.ts";
import type { Grouping } from "./collect/groups/grouping.ts";
import { createExporterFigures } from "./collect/exporter-figures.ts";
import { createDelayacct, type Delayacct } from "./collect/delayacct.ts";
import { openForks } from "./collect/ends/forks.ts";
import { checkExits, checkProc } from "./collect/health.ts";
import { examineKernel, keepsDeadThreads, type Kernel } from "./collect/kernel.ts";
import type { TaskOwners } from "./collect/ends/owners.ts";
import { listMembers, type Member } from "./collect/groups/members.ts";
import { takeSnapshot } from "./collect/snapshot.ts";
import { createTurns } from "./collect/turns.ts";
import type { Page } from "./exposition/page.ts";
import { fieldKeys, slotOf } from "./fields/fields.ts";
import type { PodWatch } from "./kubernetes/watch.ts";
import type { Netlink } from "./netlink/socket.ts";
import { createProcReader, type ProcReader } from "./procfs/read.ts";
import { createUserNames } from "./procfs/users.ts";
import { createEventClient, createQueryClient, type EventClient, type QueryClient } from "./taskstats/client.ts";
import { createRecordReader } from "./taskstats/record.ts";

/** What the exporter does, as far as flags decide it. */
export interface ExporterConfig {
  readonly exitsEnabled: boolean;
  /** Size asked for; the kernel makes it twice that. */
  readonly exitsReceiveBufferBytes: number;
  readonly discoveryIntervalMs: number;
  readonly kernelThreads: boolean;
  readonly children: boolean;
}

/** The messages of a run; pino's logger is one. */
export interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ExporterOptions {
  readonly netlink: Netlink;
  readonly procRoot: string;
  /** All possible CPUs in the kernel's list form, such as `0-3`. */
  readonly cpulist: string;
  readonly clock: Clock;
  readonly config: ExporterConfig;
  /** Reads what the configuration decides, at the start and for each reload. @throws ExporterError */
  readonly loadGrouping: () => Promise<Grouping>;
  /** Where the names of users are. */
  readonly passwdPath: string;
  /** Names of this node's pods; undefined where series do not name them. */
  readonly pods: PodWatch | undefined;
  /** Asked only where rules need it. */
  readonly watchExecs: WatchExecs;
  readonly log: Log;
  readonly pid: number;
  readonly version: string;
  /** Starts a thread of this process and returns when it has ended: the self-test of exit events. */
  readonly endThread: () => Promise<void>;
}

/** The facts about this exporter's state that the landing page shows. */
export interface ExporterStatus {
  readonly exitsUp: boolean;
  readonly exitsDownReason: string | undefined;
  readonly delayacctEnabled: boolean;
  readonly processes: number;
  readonly groups: number;
}

export interface Exporter {
  readonly counters: Counters;
  /** Checks the kernel, takes the baseline, and begins to follow processes. @throws ExporterError */
  start(): Promise<void>;
  /** All figures as of now. @throws ExporterError NOT_READY, and what a collection throws */
  collect(): Promise<Page>;
  /** Goes on by the configuration as it is now; where it is bad, by the one before. @throws ExporterError */
  reload(): Promise<void>;
  status(): ExporterStatus | undefined;
  /** The processes of each group, by its account. */
  listMembers(): ReadonlyMap<Account, readonly Member[]>;
  stop(): void;
}

/** Replies of 128 queries, each of up to 8 KiB of buffer, with room to spare. */
const queryBufferBytes = 4 * 2 ** 20;
const querySlots = 64;
const eventSlots = 256;

const irqCount = slotOf("irq_count");

/** What `start` finds out, and what all collections then use. */
interface Running {
  readonly collector: Collector;
  readonly availability: Availability;
  readonly delayacct: Delayacct;
  readonly bootTime: number;
  readonly kernel: Kernel;
  readonly exitsDownReason: string | undefined;
}

export function createExporter(options: ExporterOptions): Exporter {
  const { netlink, procRoot, cpulist, clock, config, log, pid, version, endThread, watchExecs, loadGrouping, pods } =
    options;
  const counters = createCounters();
  const configuration = { loadedAt: 0, successful: true };
  let running: Running | undefined;

  function createClientOptions(familyId: number) {
    return {
      familyId,
      reader: createRecordReader(fieldKeys),
      onMalformed: (code: string) => increment(counters.malformed, code),
    };
  }

  function openQueries(familyId: number): QueryClient {
    const socket = netlink.open({ receiveBufferBytes: queryBufferBytes, slots: querySlots });
    return createQueryClient({ ...createClientOptions(familyId), socket });
  }

  /** @returns undefined and the reason where exit events will not arrive */
  async function openEvents(
    familyId: number,
    forks: TaskOwners | undefined,
  ): Promise<{ events: EventClient | undefined; reason: string | undefined }> {
    if (!config.exitsEnabled) {
      await endThread();
      return { events: undefined, reason: "exit events are disabled: --no-exits.enabled" };
    }
    const socket = netlink.open({ receiveBufferBytes: config.exitsReceiveBufferBytes, slots: eventSlots });
    const client = createEventClient({ ...createClientOptions(familyId), socket, onTaken: forks?.refresh });
    const error = await checkExits({ client, cpulist, endThread });
    if (error === undefined) return { events: client, reason: undefined };
    client.close();
    return { events: undefined, reason: error.message };
  }

  function followForks({ structVersion }: Kernel, proc: ProcReader): TaskOwners | undefined {
    const receiveBufferBytes = config.exitsReceiveBufferBytes;
    const consequence = "threads that begin and end between two polls are counted as processes";
    const onMissing = (reason: string): void => log.warn({ reason }, `no fork events: ${consequence}`);
    return openForks({ netlink, proc, counters, structVersion, receiveBufferBytes, onMissing });
  }

  function warnOfSmallBuffer(events: EventClient | undefined): void {
    if (events === undefined || events.receiveBufferBytes >= config.exitsReceiveBufferBytes) return;
    const figures = { wanted: config.exitsReceiveBufferBytes, effective: events.receiveBufferBytes };
    log.warn(figures, "the receive buffer for exit events is smaller than asked for: raise net.core.rmem_max");
  }

  async function start(): Promise<void> {
    const grouping = await loadGrouping();
    const proc = createProcReader(procRoot);
    checkProc(proc, pid);
    const familyId = await netlink.resolveFamily();
    const queries = openQueries(familyId);
    const { kernel, evidence } = examineKernel(queries, proc, pid);
    const availability = createAvailability(evidence);
    const delayacct = createDelayacct(proc, clock);
    if (!delayacct.enabled) {
      const advice = "delays other than cpu are not collected; turn it on: sysctl -w kernel.task_delayacct=1";
      log.warn({}, `delay accounting is off: ${advice}`);
    }
    // Before exit events: of a task that ends from now on it is known to which process it belongs.
    const forks = config.exitsEnabled ? followForks(kernel, proc) : undefined;
    const { events, reason } = await openEvents(familyId, forks);
    if (events === undefined) forks?.close();
    const deadThreadsKept = keepsDeadThreads(queries, proc, pid);
    if (reason !== undefined) log.warn({ reason }, "no exit events: figures are polled ones only");
    warnOfSmallBuffer(events);
    const bootTime = proc.readBootTime();
    pods?.configure(grouping.podLabels);
    await pods?.start();
    const collector = createCollector({
      queries,
      events,
      forks,
      proc,
      clock,
      pods,
      counters,
      grouping,
      users: createUserNames(options.passwdPath),
      children: config.children,
      kernelThreads: config.kernelThreads,
      bootTime,
      watchExecs,
      onBlind: (error) =>
        log.warn({ err: error }, "short-lived processes cannot be classified by what only /proc shows"),
      deadThreadsKept,
      discoveryIntervalMs: config.discoveryIntervalMs,
      onError: (error) => log.error({ err: error }, "a collection in the background failed"),
      onMended: (lost) => log.warn({ lost }, "exit events were lost: raise --exits.receive-buffer, or the priority"),
    });
    await collector.start();
    Object.assign(configuration, { loadedAt: clock.unixSeconds(), successful: true });
    running = { collector, availability, delayacct, kernel, bootTime, exitsDownReason: reason };
    log.info(
      { ...kernel, exits: events !== undefined, deadThreadsKept, processes: collector.processes.size },
      "following processes",
    );
  }

  function createPage({ collector, availability, delayacct, bootTime, kernel }: Running): Page {
    const groups = takeSnapshot(collector, bootTime);
    delayacct.refresh();
    if (delayacct.enabled) availability.noteDelayacct();
    if (groups.some(({ sums }) => (sums[irqCount] as number) > 0)) availability.noteInterrupts();
    const exporter = createExporterFigures(counters, {
      version,
      kernel,
      delayacctEnabled: delayacct.enabled,
      processesWithoutDelayacct: [...collector.processes.values()].filter(delayacct.isMissing).length,
      exitsUp: collector.exitsUp,
      execWatcherUp: collector.execWatcherUp,
      groups: collector.groups.size,
      groupsOverflowed: collector.groups.overflowed,
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
      const grouping = await loadGrouping();
      pods?.configure(grouping.podLabels);
      await running?.collector.configure(grouping);
      Object.assign(configuration, { loadedAt: clock.unixSeconds(), successful: true });
      log.info({ declared: grouping.classifier.declared.length }, "the configuration was loaded again");
    } catch (error) {
      configuration.successful = false;
      throw error;
    }
  }

  const reloads = createTurns();

  return {
    counters,
    start,
    async collect() {
      if (running === undefined) {
        throw new ExporterError("NOT_READY", { where: "collection", want: "a baseline", got: "none yet" });
      }
      await running.collector.collect();
      return createPage(running);
    },
    // One after the other: the file may have changed since the one before was read.
    reload: () => reloads.take(reload),
    listMembers: () => listMembers(running?.collector.processes.values() ?? []),
    status() {
      if (running === undefined) return undefined;
      const { collector, exitsDownReason, delayacct } = running;
      const { exitsUp, processes, groups } = collector;
      return {
        exitsUp,
        exitsDownReason,
        delayacctEnabled: delayacct.enabled,
        processes: processes.size,
        groups: groups.size,
      };
    },
    stop() {
      pods?.stop();
      running?.collector.stop();
      running = undefined;
    },
  };
}

/** All possible CPUs, online or not: a registration for those that come later is made once. */
export function readPossibleCpus(path = "/sys/devices/system/cpu/possible"): string {
  return readFileSync(path, "utf8").trim();
}
