/** Reads a tree that the test writes, for what cannot be made to happen in /proc, and the /proc of this machine. */

import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ExporterError } from "../../src/base/errors.ts";
import { createProcReader, type ProcReader } from "../../src/procfs/read.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { createFakeProc, type FakeProc } from "../support/fake-proc.ts";

function errorOf(run: () => unknown): ExporterError {
  try {
    run();
  } catch (error) {
    if (error instanceof ExporterError) return error;
    throw error;
  }
  throw new Error("no error");
}

describe("a tree that stands for /proc", () => {
  let kernel: FakeKernel;
  let tree: FakeProc;
  let reader: ProcReader;

  beforeEach(() => {
    kernel = createFakeKernel();
    tree = createFakeProc(kernel);
    reader = createProcReader(tree.root);
  });

  afterEach(() => tree.dispose());

  test("lists the folders of processes, and no other names", async () => {
    kernel.fork({ tgid: 7 });
    for (const name of ["sys", "0", "12x", "007"]) mkdirSync(join(tree.root, name), { recursive: true });
    expect((await reader.listProcesses()).sort((a, b) => a - b)).toEqual([7, kernel.self]);
  });

  test("lists and counts a process's threads", () => {
    kernel.fork({ tgid: 700 });
    kernel.startThread(700, { tid: 701 });
    kernel.startThread(700, { tid: 702 });
    expect([...(reader.listThreads(700) ?? [])].sort()).toEqual([700, 701, 702]);
    expect(reader.countThreads(700)).toBe(3);
    kernel.endThread(701);
    expect([...(reader.listThreads(700) ?? [])].sort()).toEqual([700, 702]);
    expect(reader.countThreads(700)).toBe(2);
  });

  test("gives the stat of a process, and of a thread", () => {
    kernel.advance(1_000_000);
    kernel.fork({ tgid: 700, ppid: kernel.self, comm: "a (b) c" });
    kernel.startThread(700, { tid: 701 });
    kernel.rename(701, "worker");
    kernel.beginEnd(701);
    expect(reader.readStat(700)).toEqual({
      ...{ comm: "a (b) c", state: "S", ppid: kernel.self, exiting: false, kernelThread: false, forkOnly: true },
      ...{ threads: 2 },
      startTicks: 100_100,
    });
    expect(reader.readThreadStat(700, 701)).toMatchObject({ comm: "worker", exiting: true });
  });

  test("shows which process is a zombie, and which one a kernel thread", () => {
    kernel.fork({ tgid: 700 });
    kernel.endProcess(700, { reap: false });
    expect(reader.readStat(700)).toMatchObject({ state: "Z", exiting: true, threads: 1 });
    kernel.fork({ tgid: 800, kernelThread: true });
    expect(reader.readStat(800)).toMatchObject({ kernelThread: true });
  });

  test("gives undefined for each file that is gone", () => {
    kernel.fork({ tgid: 700 });
    kernel.endProcess(700);
    expect(reader.readStat(700)).toBeUndefined();
    expect(reader.readThreadStat(700, 700)).toBeUndefined();
    expect(reader.countThreads(700)).toBeUndefined();
    expect(reader.listThreads(700)).toBeUndefined();
    expect(reader.readText("700/cmdline")).toBeUndefined();
    tree.remove("self");
    expect(reader.readSelf()).toBeUndefined();
    tree.remove("loadavg");
    expect(reader.readLastPid()).toBeUndefined();
  });

  test("gives undefined for an empty file, as a process has it that has just been reaped", () => {
    tree.write("700/stat", "");
    expect(reader.readStat(700)).toBeUndefined();
  });

  test("gives undefined where a directory is in the place of a file, or a file in that of a directory", () => {
    mkdirSync(join(tree.root, "700/stat"), { recursive: true });
    tree.write("700/task", "");
    expect(reader.readStat(700)).toBeUndefined();
    expect(reader.listThreads(700)).toBeUndefined();
    tree.remove("700/task");
    tree.write("800", "");
    expect(reader.countThreads(800)).toBeUndefined();
    expect(reader.readText("800/stat")).toBeUndefined();
  });

  test("gives names beyond ASCII as UTF-8, and U+FFFD for bytes that are not", () => {
    const line = reader.readText(`${kernel.self}/stat`)?.replace("(node)", "(NAME)") ?? "";
    const [before = "", after = ""] = line.split("NAME");
    const withName = (name: Uint8Array): Uint8Array => Buffer.concat([Buffer.from(before), name, Buffer.from(after)]);
    tree.write("700/stat", withName(Buffer.from("müller €")));
    expect(reader.readStat(700)?.comm).toBe("müller €");
    tree.write("700/stat", withName(Buffer.from([0x61, 0xff, 0x62])));
    expect(reader.readStat(700)?.comm).toBe("a\ufffdb");
  });

  test("gives no bytes of the file that was read before", () => {
    tree.write("700/stat", reader.readText(`${kernel.self}/stat`) ?? "");
    expect(reader.readStat(700)).toBeDefined();
    tree.write("701/stat", "1");
    expect(reader.readStat(701)).toBeUndefined();
  });

  test("gives this process's own id, the boot time and the id given last", () => {
    kernel.fork({ tgid: 777 });
    expect(reader.readSelf()).toBe(kernel.self);
    expect(reader.readBootTime()).toBe(kernel.bootTime);
    expect(reader.readLastPid()).toBe(777);
    expect(reader.readUptime()).toBeUndefined();
    tree.write("uptime", "12.34 20.00\n");
    expect(reader.readUptime()).toBe(12.34);
  });

  test("has no id of its own where the link leads elsewhere", () => {
    tree.remove("self");
    symlinkSync("nowhere", join(tree.root, "self"));
    expect(reader.readSelf()).toBeUndefined();
  });

  test("gives an error that names the file where stat has no line btime, or is missing", () => {
    tree.write("stat", "cpu 1 2 3\n");
    expect(errorOf(() => reader.readBootTime())).toMatchObject({ code: "PROC_TEXT", where: `${tree.root}/stat` });
    tree.remove("stat");
    expect(errorOf(() => reader.readBootTime()).code).toBe("PROC_UNREADABLE");
  });

  test("gives an error that names the root where that is missing", async () => {
    const root = join(tree.root, "missing");
    const missing = createProcReader(root);
    await expect(missing.listProcesses()).rejects.toMatchObject({ code: "PROC_UNREADABLE", where: root });
    expect(missing.readSelf()).toBeUndefined();
    rmSync(root, { recursive: true, force: true });
  });
});

describe("the /proc of this machine", () => {
  const reader = createProcReader("/proc");

  test("shows this process as it is", async () => {
    const { comm, ...stat } = reader.readStat(process.pid) ?? {};
    expect(comm).toBe(readFileSync("/proc/self/comm", "utf8").trimEnd());
    expect(stat).toMatchObject({ ppid: process.ppid, exiting: false, kernelThread: false });
    expect(reader.readSelf()).toBe(process.pid);
    expect(await reader.listProcesses()).toContain(process.pid);
  });

  test("has as many links to a task directory as the listing has threads, and two", async () => {
    const worker = new Worker("require('node:worker_threads').parentPort.once('message', () => process.exit())", {
      eval: true,
    });
    await once(worker, "online");
    expect(reader.countThreads(process.pid)).toBe(readdirSync("/proc/self/task").length);
    expect(reader.listThreads(process.pid)).toHaveLength(reader.countThreads(process.pid) ?? 0);
    const ended = once(worker, "exit");
    worker.postMessage("end");
    await ended;
  });

  test("was booted before now, and after the first kernel that has taskstats", () => {
    const bootTime = reader.readBootTime();
    const startTicks = reader.readStat(process.pid)?.startTicks ?? NaN;
    expect(bootTime).toBeGreaterThan(1_177_000_000);
    // This process's start as its own clock has it: Node and the kernel agree within the start of Node itself.
    const startedAt = performance.timeOrigin / 1000;
    expect(Math.abs(bootTime + startTicks / 100 - startedAt)).toBeLessThan(5);
  });

  test("gives undefined for an id above the largest", () => {
    const missing = 2 ** 22 + 1;
    expect([reader.readStat(missing), reader.countThreads(missing)]).toEqual([undefined, undefined]);
    expect(reader.listThreads(missing)).toBeUndefined();
  });
});
