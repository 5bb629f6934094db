/**
 * A directory tree with the files of proc(5) that the exporter reads, kept in step with a fake kernel. The link count
 * of a `task` directory is 2 and one for each thread, as on /proc: the tree is made where the file system counts so.
 */

import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { FakeKernel } from "./fake-kernel.ts";
import { AFORK, type FakeProcess, type FakeThread } from "./fake-processes.ts";
import { memoryFolder } from "./run-folders.ts";

const PF_EXITING = 0x4;
const PF_FORKNOEXEC = 0x40;
const PF_KTHREAD = 0x200000;
/** A task's ordinary flags: PF_RANDOMIZE, so that the number is never 0. */
const PF_RANDOMIZE = 0x400000;

const usPerTick = 10_000;

export interface FakeProc {
  readonly root: string;
  /** Writes a file below the root, and the directories above it. */
  write(path: string, text: string | Uint8Array): void;
  /** Removes a file or a directory below the root. */
  remove(path: string): void;
  /** Removes the whole tree. */
  dispose(): void;
}

/** Whether directories here count their sub-directories among their links, as /proc does; btrfs does not. */
function countsLinks(directory: string): boolean {
  mkdirSync(join(directory, "probe/child"), { recursive: true });
  const links = statSync(join(directory, "probe")).nlink;
  rmSync(join(directory, "probe"), { recursive: true });
  return links === 3;
}

function makeRoot(): string {
  for (const parent of [memoryFolder(), tmpdir()].filter((path) => existsSync(path))) {
    const root = mkdtempSync(join(parent, "taskstats-exporter-proc-"));
    if (countsLinks(root)) return root;
    rmSync(root, { recursive: true });
  }
  throw new Error("no temporary directory whose link count tells its sub-directories: set TMPDIR to a tmpfs or ext4");
}

function stateOf(thread: FakeThread): string {
  return thread.state === "ended" ? "Z" : "S";
}

/** One line of proc_pid_stat(5), 52 fields. */
export function formatStat(process: FakeProcess, thread: FakeThread): string {
  const exiting = thread.state === "running" ? 0 : PF_EXITING;
  const forkOnly = (thread.flags & AFORK) !== 0 ? PF_FORKNOEXEC : 0;
  const flags = PF_RANDOMIZE | exiting | forkOnly | (process.kernelThread ? PF_KTHREAD : 0);
  const startTicks = Math.floor(thread.startUs / usPerTick);
  const { ac_minflt: minflt = 0, ac_majflt: majflt = 0 } = thread.figures;
  // Fields 3 to 22. The exporter reads none of those that follow.
  const fields = [
    ...[stateOf(thread), process.ppid, process.tgid, process.tgid, 0, -1, flags, minflt, 0, majflt, 0, 0, 0, 0, 0],
    ...[20 + process.nice, process.nice, process.threads.size, 0, startTicks],
  ];
  const rest = Array.from({ length: 30 }, () => 0);
  return `${thread.tid} (${thread.comm}) ${[...fields, ...rest].join(" ")}\n`;
}

/** Memory that each live process has, in kB. */
const memoryLines = ["VmSize:\t    8192 kB", "VmRSS:\t    1024 kB", "VmSwap:\t      16 kB"];

function formatStatus(process: FakeProcess, thread: FakeThread, capabilities: string): string {
  const { tgid, ppid, uid, gid, threads } = process;
  const { tid, comm, state, figures } = thread;
  const ids = (id: number): string => [id, id, id, id].join("\t");
  const lines = [
    ...[`Name:\t${comm}`, `Umask:\t0022`, `State:\t${stateOf(thread)} (as it is)`],
    ...[`Tgid:\t${tgid}`, `Pid:\t${tid}`, `PPid:\t${ppid}`, `Uid:\t${ids(uid)}`, `Gid:\t${ids(gid)}`],
    ...(state === "ended" || process.kernelThread ? [] : memoryLines),
    ...[`Threads:\t${threads.size}`, `CapEff:\t${capabilities}`],
    ...[`voluntary_ctxt_switches:\t${figures["nvcsw"] ?? 0}`, `nonvoluntary_ctxt_switches:\t${figures["nivcsw"] ?? 0}`],
  ];
  return `${lines.join("\n")}\n`;
}

/** All capabilities, CAP_NET_ADMIN (bit 12) among them. */
const allCapabilities = "000001ffffffffff";

/** Makes a tree that follows `kernel`: its processes, and the files of the system that the exporter reads. */
export function createFakeProc(kernel: FakeKernel): FakeProc {
  const root = makeRoot();
  /** Threads that have a directory, by process. */
  const written = new Map<number, ReadonlySet<number>>();

  function write(path: string, text: string | Uint8Array): void {
    const full = join(root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
  }

  function remove(path: string): void {
    rmSync(join(root, path), { recursive: true, force: true });
  }

  function writeProcess(process: FakeProcess): void {
    const { tgid } = process;
    const leader = process.threads.get(tgid);
    if (leader === undefined) throw new Error(`process ${tgid} has no leader`);
    const { zombie } = process;
    write(`${tgid}/stat`, formatStat(process, leader));
    const { cpu_run_virtual_total: ran = 0, cpu_delay_total: waited = 0, cpu_count: turns = 0 } = leader.figures;
    write(`${tgid}/schedstat`, `${ran} ${waited} ${turns}\n`);
    write(`${tgid}/comm`, `${leader.comm}\n`);
    write(`${tgid}/cmdline`, zombie ? "" : process.cmdline.map((argument) => `${argument}\0`).join(""));
    write(`${tgid}/cgroup`, `0::${process.cgroup}\n`);
    write(`${tgid}/status`, formatStatus(process, leader, allCapabilities));
    for (const tid of written.get(tgid) ?? []) if (!process.threads.has(tid)) remove(`${tgid}/task/${tid}`);
    for (const thread of process.threads.values()) {
      write(`${tgid}/task/${thread.tid}/stat`, formatStat(process, thread));
      write(`${tgid}/task/${thread.tid}/status`, formatStatus(process, thread, allCapabilities));
    }
    written.set(tgid, new Set(process.threads.keys()));
    write("loadavg", `0.00 0.01 0.05 1/${kernel.processes.size} ${kernel.lastId}\n`);
  }

  write("stat", `cpu  1 2 3 4 5 6 7 8 9 10\nbtime ${kernel.bootTime}\nprocesses 100\n`);
  write("cmdline", "console=ttyS0\n");
  write("sys/kernel/osrelease", "6.18.0-fake\n");
  write("sys/kernel/task_delayacct", "1\n");
  kernel.observe((tgid, process) => {
    if (process !== undefined) writeProcess(process);
    else {
      remove(String(tgid));
      written.delete(tgid);
    }
  });
  symlinkSync(String(kernel.self), join(root, "self"));
  write(`${kernel.self}/uid_map`, "         0          0 4294967295\n");
  write(`${kernel.self}/io`, "rchar: 0\nwchar: 0\n");

  return { root, write, remove, dispose: () => rmSync(root, { recursive: true }) };
}
