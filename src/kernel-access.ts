/** Opens the sockets to the kernel and finds out what this kernel can report. Logs what is missing, with the consequence. */

import { readFileSync } from "node:fs";
import type { ExporterError } from "./base/errors.ts";
import { createAvailability, type Availability } from "./collect/availability.ts";
import type { Clock } from "./base/clock.ts";
import { increment, type Counters } from "./collect/counters.ts";
import { createCgroupTasks, type CgroupTasks } from "./collect/cgroups/cgroup-tasks.ts";
import { createDelayacct, type Delayacct } from "./collect/delayacct.ts";
import { exitFields } from "./collect/exits/exit-fields.ts";
import { openForks } from "./collect/exits/forks.ts";
import type { TaskOwners } from "./collect/exits/task-owners.ts";
import { falseWaitsCure, hasFalseWaits } from "./collect/false-waits.ts";
import { checkHidepid } from "./collect/groups/hidden-processes.ts";
import { checkExits, checkProc } from "./collect/health.ts";
import { examineKernel, keepsDeadThreads, type Kernel } from "./collect/kernel.ts";
import { fieldKeys, type FieldKey } from "./fields/fields.ts";
import type { Log } from "./log.ts";
import { createLastingSocket } from "./netlink/lasting-socket.ts";
import type { Netlink, NetlinkSocket } from "./netlink/socket.ts";
import type { ProcReader } from "./procfs/read.ts";
import { createEventClient, createQueryClient, type EventClient, type QueryClient } from "./taskstats/client.ts";
import { createCgroupClient } from "./taskstats/cgroup-client.ts";
import { createRecordReader } from "./taskstats/record.ts";

export interface KernelAccessOptions {
  readonly netlink: Netlink;
  readonly proc: ProcReader;
  /** All possible CPUs in the kernel's list form, such as `0-3`. */
  readonly cpulist: string;
  /** The file of the scheduler's features in debugfs, which may be missing. */
  readonly schedFeaturesPath: string;
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
  readonly pid: number;
  /** Starts a thread of this process and waits until it has exited: the self-test of exit events. */
  readonly causeThreadExit: () => Promise<void>;
  readonly exitsEnabled: boolean;
  /** Whether it is an error that exit events do not arrive; where it is left out, polled figures are good enough. */
  readonly exitsRequired?: boolean;
  /** The size to ask for; the kernel doubles it. */
  readonly exitsReceiveBufferBytes: number;
  /** The directories of control groups whose tasks are counted. */
  readonly cgroupDirectories: readonly string[];
}

export interface KernelAccess {
  readonly proc: ProcReader;
  readonly queries: QueryClient;
  /** Counts the tasks of control groups; undefined where none is named. */
  readonly cgroupTasks: CgroupTasks | undefined;
  /** Undefined where exit events do not arrive; `exitsDownReason` then says why. */
  readonly events: EventClient | undefined;
  readonly exitsDownReason: string | undefined;
  /** Which process a thread belongs to, from fork events. Undefined where records name their process, or fork events do not arrive. */
  readonly forks: TaskOwners | undefined;
  readonly kernel: Kernel;
  /** The reason why /proc hides processes of other users, and what helps; undefined where it hides none. */
  readonly hidden: ExporterError | undefined;
  readonly availability: Availability;
  readonly delayacct: Delayacct;
  /** Whether this kernel reports block I/O waits that never happened. */
  readonly falseWaits: boolean;
  /** Whether a process's sums keep the context switches and CPU time of its exited threads. */
  readonly deadThreadsKept: boolean;
}

/** Enough for the replies of 128 queries, each of which takes up to 8 KiB of the buffer. */
const queryBufferBytes = 4 * 2 ** 20;
const querySlots = 64;
/** Events per receive. Few enough that what the kernel has written is still in the CPU's cache when it is decoded. */
const eventSlots = 64;

type Options = KernelAccessOptions;

function clientOptions({ counters }: Options, familyId: number, wanted: readonly FieldKey[]) {
  return {
    familyId,
    reader: createRecordReader(wanted),
    onMalformed: (code: string) => increment(counters.malformed, code),
  };
}

function openQueries(options: Options, familyId: number): QueryClient {
  const { netlink } = options;
  const open = (): NetlinkSocket => netlink.open({ receiveBufferBytes: queryBufferBytes, slots: querySlots });
  const socket = createLastingSocket(open);
  return createQueryClient({ ...clientOptions(options, familyId, fieldKeys), socket });
}

/** One answer at a time fits into the buffer. */
const cgroupBufferBytes = 2 ** 16;

function openCgroupTasks(options: Options, familyId: number): CgroupTasks | undefined {
  const { netlink, counters, log, cgroupDirectories: directories } = options;
  if (directories.length === 0) return undefined;
  const socket = createLastingSocket(() => netlink.open({ receiveBufferBytes: cgroupBufferBytes, slots: 2 }));
  const onMalformed = (code: string): void => increment(counters.malformed, code);
  return createCgroupTasks({
    directories,
    client: createCgroupClient({ socket, familyId, onMalformed }),
    errors: counters.scrapeErrors,
    onFailed: (error) => log.warn({ err: error }, "a control group has no series"),
    onRecovered: (cgroup) => log.info({ cgroup }, "a control group has series again"),
  });
}

function warnOfSmallBuffer({ log, exitsReceiveBufferBytes: wanted }: Options, effective: number): void {
  if (effective >= wanted) return;
  const message = "the receive buffer for exit events is smaller than asked for: raise net.core.rmem_max";
  log.warn({ wanted, effective }, message);
}

async function openEvents(
  options: Options,
  familyId: number,
  forks: TaskOwners | undefined,
): Promise<Pick<KernelAccess, "events" | "exitsDownReason">> {
  const { netlink, cpulist, causeThreadExit, exitsEnabled, exitsRequired = false, exitsReceiveBufferBytes } = options;
  if (!exitsEnabled) {
    await causeThreadExit();
    return { events: undefined, exitsDownReason: "exit events are disabled: --no-exits.enabled" };
  }
  const open = (): NetlinkSocket => netlink.open({ receiveBufferBytes: exitsReceiveBufferBytes, slots: eventSlots });
  const socket = createLastingSocket(open);
  const onTaken = forks?.refresh;
  const client = createEventClient({ ...clientOptions(options, familyId, exitFields), socket, onTaken });
  const error = await checkExits({ client, cpulist, causeThreadExit });
  if (error !== undefined) {
    client.close();
    if (exitsRequired) throw error;
    return { events: undefined, exitsDownReason: error.message };
  }
  warnOfSmallBuffer(options, client.receiveBufferBytes);
  return { events: client, exitsDownReason: undefined };
}

function followForks(options: Options, { structVersion }: Kernel, proc: ProcReader): TaskOwners | undefined {
  const { netlink, counters, log, exitsReceiveBufferBytes: receiveBufferBytes } = options;
  const consequence = "threads that begin and end between two polls are counted as processes";
  const onMissing = (reason: string): void => log.warn({ reason }, `no fork events: ${consequence}`);
  return openForks({ netlink, proc, counters, structVersion, receiveBufferBytes, onMissing });
}

function examineDelayacct({ clock, log }: Options, proc: ProcReader): Delayacct {
  const delayacct = createDelayacct(proc, clock);
  if (!delayacct.enabled) {
    const advice = "delays other than cpu are not collected; turn it on: sysctl -w kernel.task_delayacct=1";
    log.warn({}, `delay accounting is off: ${advice}`);
  }
  return delayacct;
}

function readSchedFeatures(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    // Without debugfs, the kernel's release decides.
    return undefined;
  }
}

function examineFalseWaits({ log, schedFeaturesPath }: Options, { release }: Kernel): boolean {
  const found = hasFalseWaits(release, readSchedFeatures(schedFeaturesPath));
  const advice = `refused and counted; where debugfs may be written, this ends them: ${falseWaitsCure}`;
  if (found)
    log.info({ release }, `this kernel tells of block I/O waits under load that never were, which are ${advice}`);
  return found;
}

/** Warns of a hidepid mount: processes of other users are then known only by their exit events. */
function examineHidepid({ log }: Options, proc: ProcReader): ExporterError | undefined {
  const hidden = checkHidepid(proc);
  if (hidden !== undefined) log.warn({ err: hidden }, "processes of other users are seen only when they end");
  return hidden;
}

/** Opens all sockets and examines the kernel. @throws ExporterError of any class but operator */
export async function openKernel(options: Options): Promise<KernelAccess> {
  const { netlink, proc, log, pid, exitsEnabled } = options;
  checkProc(proc, pid);
  const familyId = await netlink.resolveFamily();
  const queries = openQueries(options, familyId);
  const { kernel, evidence } = examineKernel(queries, proc, pid);
  const delayacct = examineDelayacct(options, proc);
  const hidden = examineHidepid(options, proc);
  const falseWaits = examineFalseWaits(options, kernel);
  // Fork events come first, so that the process of every thread that exits from now on is known.
  const forks = exitsEnabled ? followForks(options, kernel, proc) : undefined;
  const { events, exitsDownReason } = await openEvents(options, familyId, forks);
  if (events === undefined) forks?.close();
  const cgroupTasks = openCgroupTasks(options, familyId);
  await cgroupTasks?.check();
  const deadThreadsKept = keepsDeadThreads(queries, proc, pid);
  if (exitsDownReason !== undefined)
    log.warn({ reason: exitsDownReason }, "no exit events: figures are polled ones only");
  const availability = createAvailability(evidence);
  const access = { proc, queries, cgroupTasks, events, exitsDownReason, forks, kernel, availability, delayacct };
  return { ...access, hidden, falseWaits, deadThreadsKept };
}
