/**
 * A kernel with taskstats in memory, behind the interface `Netlink`. A test makes processes run and exit; queries are
 * answered and exit events queued as the real kernel does. Messages are written and read by code of the tests. Time is
 * virtual and moves by `advance` alone. README.md says how a test begins.
 */

import { readlinkSync } from "node:fs";
import type { Clock } from "../../src/base/clock.ts";
import { ExporterError } from "../../src/base/errors.ts";
import type { Netlink } from "../../src/netlink/socket.ts";
import {
  addFigures,
  AFORK,
  deadShare,
  groupFigures,
  threadFigures,
  type FakeProcess,
  type FakeThread,
  type Figures,
} from "./fake-processes.ts";
import { createFakeConnector, type ConnectorPlace } from "./fake-connector.ts";
import { createFakeSocket, type Datagram, type FakeSocket } from "./fake-socket.ts";
import { writeCgroupStats, writeError, writeRecords, type Padding } from "./message-writer.ts";
import { parseCpulist, readRequests, type Request } from "./request-reader.ts";
import { structLayout, writeStruct } from "./struct-writer.ts";

const errno = { ENOENT: 2, ESRCH: 3, EBADF: 9, EINVAL: 22, ERANGE: 34 } as const;
const commands = { GET: 1, CGROUP_GET: 4 } as const;
/** Attribute of a request for the tasks of a control group: the descriptor of its directory. */
const CGROUP_FD = 1;
const attributes = { PID: 1, TGID: 2, REGISTER: 3, DEREGISTER: 4 } as const;
const flags = { ASU: 2, ACORE: 8, AXSIG: 0x10, AGROUP: 0x20 } as const;

/** Bytes of the receive buffer for each kind of datagram, measured on Linux 6.18. */
const costs = { reply: 1280, error: 832, event: 1280, lastEvent: 3328 } as const;

export type DatagramKind = "reply" | "error" | "event" | "process event";

export interface FakeKernelOptions {
  /** 4 to 17, or the made-up version after these; 16 where left out. */
  readonly structVersion?: number;
  readonly familyId?: number;
  readonly padding?: Padding;
  /** Number of possible CPUs; 2 where left out. */
  readonly cpus?: number;
  /** False: TGID replies forget nvcsw, nivcsw, etime, utime and stime of a thread when it exits, as on 5.10 and 6.1. */
  readonly deadThreadsKept?: boolean;
  /** True: AGGR_TGID carries version 0 and zeros in those five members, as on 5.10 and 6.1. */
  readonly groupVersionZero?: boolean;
  /** Largest receive buffer without CAP_NET_ADMIN; unbounded where left out. */
  readonly rmemMax?: number;
}

/** What goes wrong. A test may change these values at any time. */
export interface Faults {
  /** True: resolveFamily finds nothing. */
  familyMissing: boolean;
  /** The errno that answers every query: 1 (EPERM) without CAP_NET_ADMIN. */
  refuseQueries: number | undefined;
  /** The errno that answers every registration: 22 (EINVAL) in another pid namespace. */
  refuseRegister: number | undefined;
  /** True: registrations succeed and no event ever comes, as in another network namespace. */
  silent: boolean;
  /** Where the process connector is. */
  connector: ConnectorPlace;
  /** Errno with which the process connector answers; 0 where it grants what is asked. */
  refuseListen: number;
  /** True: a request about a descriptor that is not open is answered with EBADF, as from Linux 7.3 on, instead of by silence. */
  refuseBadDescriptors: boolean;
  /** What arrives of a datagram: itself, a part of it, other bytes; undefined where it is lost, which counts as dropped. */
  pass: (datagram: Uint8Array, kind: DatagramKind) => Uint8Array | undefined;
}

export interface ForkOptions {
  /** Process id; the next free one where left out. */
  readonly tgid?: number;
  /** The parent; 1 where left out. A parent that is a process of this kernel passes on its comm, uid and gid. */
  readonly ppid?: number;
  readonly comm?: string;
  readonly uid?: number;
  readonly gid?: number;
  readonly nice?: number;
  readonly cpu?: number;
  readonly kernelThread?: boolean;
  readonly cmdline?: readonly string[];
  readonly cgroup?: string;
  /** Figures of its first thread. */
  readonly figures?: Readonly<Figures>;
  /** hiwater_rss, hiwater_vm, ac_exe_dev, ac_exe_inode. */
  readonly shared?: Readonly<Figures>;
}

export interface ExecOptions {
  /** Base name of the program, which becomes the comm of the process. */
  readonly comm: string;
  readonly exeInode?: number;
  readonly cmdline?: readonly string[];
}

export interface FakeKernel extends Netlink {
  /** The process of the exporter under test. */
  readonly self: number;
  readonly familyId: number;
  readonly structVersion: number;
  /** All possible CPUs in list form. */
  readonly cpulist: string;
  /** The id that was given out last: the last word of /proc/loadavg. */
  readonly lastId: number;
  /** Seconds since 1970 at which this kernel was booted. */
  readonly bootTime: number;
  /** Virtual time; the exporter's clock. */
  readonly clock: Clock;
  readonly faults: Faults;
  readonly processes: ReadonlyMap<number, FakeProcess>;
  readonly sockets: readonly FakeSocket[];
  /** By directory: the five figures of its control group, or the errno with which the kernel refuses it. Others are refused with EINVAL. */
  readonly cgroups: Map<string, readonly number[] | number>;
  /** Queries answered so far, refused ones included, by kind. */
  readonly queries: { readonly pid: number; readonly tgid: number };
  /** Exit events sent so far, lost ones included, once per registered socket. */
  readonly eventsSent: number;
  advance(us: number): void;
  fork(options?: ForkOptions): FakeProcess;
  /** Starts a thread, with the comm of its process. */
  startThread(tgid: number, options?: { readonly tid?: number; readonly figures?: Readonly<Figures> }): FakeThread;
  /** @throws RangeError where there is no such thread */
  thread(tid: number): FakeThread;
  /** Adds to the counters of a thread. */
  add(tid: number, figures: Readonly<Figures>): void;
  /** Changes a thread's comm, as prctl(PR_SET_NAME) does. */
  rename(tid: number, comm: string): void;
  /** Changes the title, control group, user or parent of a process. Its counters do not grow by that. */
  change(tgid: number, what: Partial<Pick<FakeProcess, "cmdline" | "cgroup" | "uid" | "ppid">>): void;
  /** The thread starts a program: it becomes the only thread, under the process's id. The others exit, each with an event. */
  exec(tid: number, options: ExecOptions): void;
  /** The first half of an exit: the event is sent, and TGID replies count the thread twice until `finishEnd`. */
  beginEnd(tid: number, status?: number): void;
  finishEnd(tid: number): void;
  /** A thread exits. An exited leader stays while others live; after the last thread the process is a zombie. */
  endThread(tid: number, status?: number): void;
  /** All threads exit with this wait status, 0 where left out, the leader last. Then the process is reaped, unless `reap` is false. */
  endProcess(
    tgid: number,
    options?: { readonly status?: number; readonly reap?: boolean; readonly leaderFirst?: boolean },
  ): void;
  reap(tgid: number): void;
  /** Starts a thread of `self`, which exits: what the self-test of exit events does. */
  endThreadOfSelf(): Promise<void>;
  /** Calls the listener for each process, and again after each change of it, with undefined once it is reaped. */
  observe(listener: (tgid: number, process: FakeProcess | undefined) => void): void;
}

/** The path that this process has open under the descriptor; undefined where it is not open. */
function pathOfDescriptor(fd: number): string | undefined {
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return undefined;
  }
}

export function createFakeKernel(options: FakeKernelOptions = {}): FakeKernel {
  const { structVersion = 16, familyId = 31, padding = "none", cpus = 2, rmemMax = Infinity } = options;
  const { deadThreadsKept = true, groupVersionZero = false } = options;
  const { members } = structLayout(structVersion);
  const bootTime = 1_700_000_000;
  const processes = new Map<number, FakeProcess>();
  const sockets: FakeSocket[] = [];
  const registered = Array.from({ length: cpus }, () => new Set<FakeSocket>());
  const observers: ((tgid: number, process: FakeProcess | undefined) => void)[] = [];
  const queries = { pid: 0, tgid: 0 };
  const cgroups = new Map<string, readonly number[] | number>();
  const faults: Faults = {
    familyMissing: false,
    refuseQueries: undefined,
    refuseRegister: undefined,
    silent: false,
    connector: "here",
    refuseListen: 0,
    refuseBadDescriptors: false,
    pass: (datagram) => datagram,
  };
  const connector = createFakeConnector({
    nowUs: () => nowUs,
    place: () => faults.connector,
    refusal: () => faults.refuseListen,
    pass: (event) => faults.pass(event, "process event"),
  });
  const sequences = Array.from({ length: cpus }, () => 0);
  let nowUs = 1_000_000_000;
  let highestId = 100;
  let lastId = highestId;
  let eventsSent = 0;

  // ---- messages

  function struct(
    figures: Readonly<Figures>,
    rest: { readonly ac_comm?: string; readonly version?: number },
  ): Uint8Array {
    const known = Object.entries(figures).filter(([name]) => members.has(name));
    return writeStruct(structVersion, { ...Object.fromEntries(known), ...rest });
  }

  function threadStruct(process: FakeProcess, thread: FakeThread): Uint8Array {
    return struct(threadFigures(process, thread, { nowUs, bootTime }), { ac_comm: thread.comm });
  }

  function deliver(socket: FakeSocket, kind: DatagramKind, datagram: Omit<Datagram, "drops">): void {
    const drops = kind === "reply" ? 2 : 1;
    const bytes = faults.pass(datagram.bytes, kind);
    if (bytes === undefined) socket.drop(drops);
    else socket.deliver({ ...datagram, bytes, drops });
  }

  // ---- queries

  function answerQuery(
    kind: "pid" | "tgid",
    id: number,
    { seq }: Request,
    { portId }: FakeSocket,
  ): Uint8Array | number {
    queries[kind]++;
    if (faults.refuseQueries !== undefined) return faults.refuseQueries;
    const found = find(id);
    if (found === undefined) return errno.ESRCH;
    const fields = { type: familyId, seq, portId };
    if (kind === "pid") {
      return writeRecords(fields, { thread: { id, struct: threadStruct(found.process, found.thread) }, padding });
    }
    return writeRecords(fields, { process: { id, struct: struct(groupFigures(found.process, nowUs), {}) }, padding });
  }

  /** @returns the reply, an errno, or undefined where there is no answer */
  function answerCgroup(fd: number, { seq }: Request, { portId }: FakeSocket): Uint8Array | number | undefined {
    const path = pathOfDescriptor(fd);
    if (path === undefined) return faults.refuseBadDescriptors ? errno.EBADF : undefined;
    const answer = cgroups.get(path) ?? errno.EINVAL;
    return typeof answer === "number" ? answer : writeCgroupStats({ type: familyId, seq, portId }, answer);
  }

  function changeRegistration(list: string, add: boolean, socket: FakeSocket): number {
    if (faults.refuseRegister !== undefined) return faults.refuseRegister;
    const chosen = parseCpulist(list);
    if (chosen === undefined) return errno.EINVAL;
    if (chosen.some((cpu) => cpu >= cpus)) return errno.ERANGE;
    for (const cpu of chosen) {
      if (add) registered[cpu]?.add(socket);
      else registered[cpu]?.delete(socket);
    }
    return 0;
  }

  /** @returns the reply, an errno, or undefined where there is no answer */
  function handle(request: Request, socket: FakeSocket): Uint8Array | number | undefined {
    if (request.type !== familyId) return errno.ENOENT;
    if (request.command === commands.CGROUP_GET) {
      const fd = request.numbers.get(CGROUP_FD);
      return fd === undefined ? errno.EINVAL : answerCgroup(fd, request, socket);
    }
    if (request.command !== commands.GET) return errno.EINVAL;
    const { numbers, texts } = request;
    const list = texts.get(attributes.REGISTER) ?? texts.get(attributes.DEREGISTER);
    if (list !== undefined) return changeRegistration(list, texts.has(attributes.REGISTER), socket);
    const pid = numbers.get(attributes.PID);
    if (pid !== undefined) return answerQuery("pid", pid, request, socket);
    const tgid = numbers.get(attributes.TGID);
    return tgid === undefined ? errno.EINVAL : answerQuery("tgid", tgid, request, socket);
  }

  function onSend(socket: FakeSocket, bytes: Uint8Array): void {
    for (const request of readRequests(bytes)) {
      const answer = handle(request, socket);
      if (answer === undefined) continue;
      const { seq } = request;
      if (typeof answer !== "number") deliver(socket, "reply", { bytes: answer, cost: costs.reply });
      if (typeof answer !== "number" ? !request.wantsAck : answer === 0 && !request.wantsAck) continue;
      const code = typeof answer === "number" ? answer : 0;
      const error = writeError({ errno: code, seq, portId: socket.portId, request: request.bytes });
      deliver(socket, "error", { bytes: error, cost: costs.error });
    }
  }

  // ---- exits

  /** The bits of ac_flag that an exit sets, and the wait status as this struct version reports it. */
  function endFigures(process: FakeProcess, thread: FakeThread, last: boolean): Figures {
    const { exitStatus: status } = thread;
    // Before 5.17 only the leader's event had the status.
    const told = structVersion >= 11 || thread.tid === process.tgid ? status : 0;
    const bits =
      ((status & 0x7f) !== 0 ? flags.AXSIG : 0) |
      ((status & 0x80) !== 0 ? flags.ACORE : 0) |
      (last && structVersion >= 12 ? flags.AGROUP : 0);
    return { ac_exitcode: told, ac_flag: thread.flags | bits };
  }

  function groupStruct(process: FakeProcess): Uint8Array {
    return struct({ ...process.dead }, groupVersionZero ? { version: 0 } : {});
  }

  function sendEvent(process: FakeProcess, thread: FakeThread, last: boolean): void {
    const figures = { ...threadFigures(process, thread, { nowUs, bootTime }), ...endFigures(process, thread, last) };
    const records = {
      thread: { id: thread.tid, struct: struct(figures, { ac_comm: thread.comm }) },
      process: last && process.dead !== undefined ? { id: process.tgid, struct: groupStruct(process) } : undefined,
      padding,
    };
    const seq = sequences[process.cpu] ?? 0;
    sequences[process.cpu] = seq + 1;
    if (faults.silent) return;
    const bytes = writeRecords({ type: familyId, seq }, records);
    const cost = records.process === undefined ? costs.event : costs.lastEvent;
    for (const socket of registered[process.cpu] ?? []) {
      eventsSent++;
      deliver(socket, "event", { bytes, cost });
    }
  }

  function beginEnd(tid: number, status = 0): void {
    const { process, thread } = need(tid);
    if (thread.state !== "running") throw new RangeError(`thread ${tid} has ended`);
    const alive = [...process.threads.values()].filter(({ state }) => state === "running").length;
    // As taskstats_tgid_alloc: the sums begin with the first exit in a process of several threads.
    if (process.threads.size > 1) process.dead ??= {};
    if (process.dead !== undefined) addFigures(process.dead, deadShare(thread, nowUs, deadThreadsKept));
    thread.exitStatus = status;
    thread.state = "ending";
    sendEvent(process, thread, alive === 1);
    changed(process);
  }

  function finishEnd(tid: number): void {
    const { process, thread } = need(tid);
    if (thread.state !== "ending") throw new RangeError(`thread ${tid} is not ending`);
    thread.state = "ended";
    if (tid !== process.tgid) process.threads.delete(tid);
    process.zombie = [...process.threads.values()].every(({ state }) => state === "ended");
    changed(process);
  }

  function endThread(tid: number, status = 0): void {
    beginEnd(tid, status);
    finishEnd(tid);
  }

  function reap(tgid: number): void {
    const process = needProcess(tgid);
    if (!process.zombie) throw new RangeError(`process ${tgid} is alive`);
    processes.delete(tgid);
    for (const observer of observers) observer(tgid, undefined);
    for (const child of processes.values()) {
      if (child.ppid !== tgid) continue;
      child.ppid = 1;
      changed(child);
    }
  }

  // ---- processes

  function find(id: number): { process: FakeProcess; thread: FakeThread } | undefined {
    const own = processes.get(id);
    const candidates = own === undefined ? processes.values() : [own];
    for (const process of candidates) {
      const thread = process.threads.get(id);
      if (thread !== undefined) return { process, thread };
    }
    return undefined;
  }

  function need(tid: number): { process: FakeProcess; thread: FakeThread } {
    const found = find(tid);
    if (found === undefined) throw new RangeError(`no thread ${tid}`);
    return found;
  }

  function needProcess(tgid: number): FakeProcess {
    const process = processes.get(tgid);
    if (process === undefined) throw new RangeError(`no process ${tgid}`);
    return process;
  }

  function changed(process: FakeProcess): void {
    for (const observer of observers) observer(process.tgid, process);
  }

  function takeId(wanted: number | undefined): number {
    const id = wanted ?? highestId + 1;
    if (find(id) !== undefined) throw new RangeError(`id ${id} is taken`);
    highestId = Math.max(highestId, id);
    lastId = id;
    return id;
  }

  function createThread(tid: number, comm: string, figures: Readonly<Figures> = {}): FakeThread {
    const thread = { tid, startUs: nowUs, comm, figures: { ...figures }, flags: AFORK, exitStatus: 0 };
    return { ...thread, state: "running" };
  }

  function fork(forkOptions: ForkOptions = {}): FakeProcess {
    const { ppid = 1, kernelThread = false, nice = 0, cpu = 0, cgroup = "/", figures, shared } = forkOptions;
    const parent = processes.get(ppid);
    const tgid = takeId(forkOptions.tgid);
    const comm = forkOptions.comm ?? parent?.threads.get(ppid)?.comm ?? "child";
    const memory = { hiwater_rss: 1024, hiwater_vm: 4096, ac_exe_dev: 2049, ac_exe_inode: 1 };
    const { uid = parent?.uid ?? 0, gid = parent?.gid ?? 0, cmdline = kernelThread ? [] : [comm] } = forkOptions;
    const process: FakeProcess = {
      ...{ tgid, ppid, uid, gid, nice, kernelThread, cpu, cmdline, cgroup },
      startUs: nowUs,
      shared: { ...(kernelThread ? {} : memory), ...shared },
      threads: new Map([[tgid, createThread(tgid, comm, figures)]]),
      dead: undefined,
      zombie: false,
    };
    processes.set(tgid, process);
    connector.fork([ppid, ppid], [tgid, tgid]);
    changed(process);
    return process;
  }

  const startThread: FakeKernel["startThread"] = (tgid, { tid: wanted, figures } = {}) => {
    const process = needProcess(tgid);
    if (process.zombie) throw new RangeError(`process ${tgid} has ended`);
    const tid = takeId(wanted);
    const thread = createThread(tid, process.threads.get(tgid)?.comm ?? "child", figures);
    // Only a leader's record has AFORK (kernel/tsacct.c).
    thread.flags = 0;
    process.threads.set(tid, thread);
    connector.fork([tgid, tgid], [tid, tgid]);
    changed(process);
    return thread;
  };

  /** As de_thread: the others exit without AGROUP, then the thread takes over the leader's id and start. */
  function exec(tid: number, { comm, exeInode, cmdline = [comm] }: ExecOptions): void {
    const { process, thread } = need(tid);
    const { tgid } = process;
    for (const other of [...process.threads.values()]) {
      if (other === thread || other.state !== "running") continue;
      // They are killed, but their status is 0: do_group_exit sees to that for an exec.
      other.flags |= flags.AXSIG;
      endThread(other.tid);
    }
    process.threads.clear();
    process.threads.set(tgid, thread);
    Object.assign(thread, { tid: tgid, startUs: process.startUs, comm, flags: thread.flags & ~AFORK });
    if (exeInode !== undefined) process.shared.ac_exe_inode = exeInode;
    process.cmdline = cmdline;
    connector.exec(tgid, tgid);
    changed(process);
  }

  const endProcess: FakeKernel["endProcess"] = (
    tgid,
    { status = 0, reap: reaped = true, leaderFirst = false } = {},
  ) => {
    const process = needProcess(tgid);
    const threads = [...process.threads.values()];
    for (const { state, tid } of threads) if (state === "ending") finishEnd(tid);
    const running = threads.filter(({ state }) => state === "running");
    const others = running.filter(({ tid }) => tid !== tgid);
    const leader = running.filter(({ tid }) => tid === tgid);
    const order = leaderFirst ? [...leader, ...others] : [...others, ...leader];
    // exit_group kills all threads but its caller, which here is the last one.
    for (const thread of order.slice(0, -1)) thread.flags |= flags.AXSIG;
    for (const { tid } of order) endThread(tid, status);
    if (reaped) reap(tgid);
  };

  const self = fork({ comm: "node", figures: { cpu_count: 1, cpu_run_virtual_total: 1 } }).tgid;

  return {
    self,
    familyId,
    structVersion,
    cpulist: cpus === 1 ? "0" : `0-${cpus - 1}`,
    bootTime,
    get lastId() {
      return lastId;
    },
    clock: { monotonicUs: () => nowUs, unixSeconds: () => bootTime + nowUs / 1e6 },
    faults,
    processes,
    sockets,
    cgroups,
    queries,
    get eventsSent() {
      return eventsSent;
    },
    resolveFamily() {
      if (!faults.familyMissing) return Promise.resolve(familyId);
      const details = { where: "generic netlink family TASKSTATS", want: "its id", got: "no such family" };
      return Promise.reject(new ExporterError("FAMILY_MISSING", details));
    },
    open({ receiveBufferBytes, slots, protocol, group, filter }) {
      const isConnector = protocol === "connector";
      const socket: FakeSocket = createFakeSocket({
        slots,
        receiveBufferBytes: 2 * Math.min(receiveBufferBytes, rmemMax),
        portId: 4_000_000_000 + sockets.length,
        nowUs: () => nowUs,
        onSend: (bytes) => (isConnector ? connector.onSend(bytes) : onSend(socket, bytes)),
        onClose() {
          connector.leave(socket);
          registered.forEach((listeners) => listeners.delete(socket));
        },
      });
      if (isConnector && group === 1) connector.join(socket, filter);
      sockets.push(socket);
      return socket;
    },
    advance(us) {
      nowUs += us;
      for (const socket of sockets) socket.expire(nowUs);
    },
    fork,
    startThread,
    thread: (tid) => need(tid).thread,
    add: (tid, figures) => addFigures(need(tid).thread.figures, figures),
    rename(tid, comm) {
      const { process, thread } = need(tid);
      thread.comm = comm;
      changed(process);
    },
    change(tgid, what) {
      const process = processes.get(tgid);
      if (process === undefined) throw new RangeError(`no process ${tgid}`);
      changed(Object.assign(process, what));
    },
    exec,
    beginEnd,
    finishEnd,
    endThread,
    endProcess,
    reap,
    endThreadOfSelf() {
      endThread(startThread(self).tid);
      return Promise.resolve();
    },
    observe(listener) {
      observers.push(listener);
      for (const process of processes.values()) listener(process.tgid, process);
    },
  };
}
