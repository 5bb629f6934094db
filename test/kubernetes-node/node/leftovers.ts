/** Takes a node down to nothing but its logs, this run's or one that was killed before it could do so itself. */

import { existsSync, mkdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { untilHolds } from "../wait.ts";
import { findOwned } from "./daemon.ts";
import { readKernelSettings, restoreKernelSettings, type KernelSettings } from "./kernel-settings.ts";
import type { Layout } from "./layout.ts";
import { killProcess, podProcesses, removePodCgroups } from "./pod-cgroups.ts";

/** What is written down while a node runs. */
interface Mark {
  /** The process that runs the node. */
  readonly pid: number;
  /** As they were before. */
  readonly settings: KernelSettings;
}

async function endDaemons({ state }: Layout): Promise<void> {
  await untilHolds("an end of the node's programs", () => {
    const pids = findOwned(state);
    for (const pid of pids) killProcess(pid);
    return pids.length === 0 ? Promise.resolve() : Promise.reject(new Error(`${pids.length} of them running`));
  });
}

const readMark = ({ marker }: Layout): Mark => JSON.parse(readFileSync(marker, "utf8")) as Mark;

/** Ends all of the node's processes and puts back what it changed. Does nothing where none has been marked. */
export async function removeNode(layout: Layout): Promise<void> {
  if (!existsSync(layout.marker)) return;
  await endDaemons(layout);
  await removePodCgroups();
  restoreKernelSettings(readMark(layout).settings);
  rmSync(layout.state, { recursive: true, force: true });
  rmSync(layout.marker);
}

/** Another Node.js may have got the id of a run that was killed; then the message says what to remove. */
function isRunning(pid: number): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`) === process.execPath;
  } catch {
    return false;
  }
}

/** @throws Error where another process runs a node in this folder */
export function refuseSecondNode(layout: Layout): void {
  if (!existsSync(layout.marker)) return;
  const { pid } = readMark(layout);
  if (isRunning(pid))
    throw new Error(`${layout.marker}: want no other run, got process ${pid}; wait for its end, or remove the file`);
}

/** Notes that a node is about to run here. @throws Error where another kubelet's pods run on this machine */
export function markNode({ marker, logs }: Layout): void {
  const { size } = podProcesses();
  if (size > 0) throw new Error(`this machine: want no pods of another kubelet, got ${size} processes in /kubepods`);
  mkdirSync(dirname(marker), { recursive: true });
  rmSync(logs, { recursive: true, force: true });
  const mark: Mark = { pid: process.pid, settings: readKernelSettings() };
  writeFileSync(marker, JSON.stringify(mark));
}
