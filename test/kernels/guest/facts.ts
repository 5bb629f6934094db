/** Finds out what this kernel is and does, without the exporter. */

import { existsSync, readFileSync, readdirSync } from "node:fs";
import { release } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Facts } from "../report.ts";
import { readNvcsw, readStructHead, type KernelEyes } from "./kernel.ts";
import { runWorkload, startWorkload } from "./workload.ts";

/** Empty where the thread has exited meanwhile. */
function readStatus(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

/** Voluntary switches of the threads that a process has now. */
function sumLive(pid: number): number {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).reduce((sum, tid) => {
    const status = readStatus(`${folder}/${tid}/status`);
    return sum + Number(/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? 0);
  }, 0);
}

/** Hundreds of threads exit, four of which live at a time. Each has switched at least five times. */
async function keepsDeadThreads(eyes: KernelEyes): Promise<boolean> {
  const before = eyes.countEvents();
  const churn = await startWorkload(["churn", "--threads"]);
  while (eyes.countEvents() < before + 100) {
    churn.checkAlive();
    await delay(10);
  }
  const sums = readNvcsw(eyes.ask("tgid", churn.pid));
  const live = sumLive(churn.pid);
  await churn.finish();
  return sums > live + 300;
}

async function seesExits(eyes: KernelEyes): Promise<boolean> {
  const before = eyes.countEvents();
  await runWorkload("spawn", "3", "--no-exec");
  return eyes.countEvents() >= before + 3;
}

/** Finds out the features of this kernel. */
export async function findFacts(eyes: KernelEyes): Promise<Facts> {
  const { version, bytes } = readStructHead(eyes.ask("pid", process.pid));
  const exitEvents = await seesExits(eyes);
  return {
    release: release(),
    processors: Number(readFileSync("/proc/cpuinfo", "utf8").match(/^processor\s*:/gm)?.length),
    structVersion: version,
    structBytes: bytes,
    delayacctSwitch: existsSync("/proc/sys/kernel/task_delayacct"),
    exitEvents,
    deadThreadsKept: exitEvents && (await keepsDeadThreads(eyes)),
  };
}
