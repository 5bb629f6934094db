/**
 * Three groups in trouble, each of another kind: one waits for a CPU, one for a disk, and one crashes again and again. How
 * much they wait does not depend on the machine, nor on what else runs on it.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmdirSync, rmSync, symlinkSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { findCgroupObstacle, mountCgroups } from "./cgroup-v1.ts";
import { startNice, stopAll } from "./nice.ts";
import { spawn } from "./processes.ts";
import { createSlowDisk, findDiskObstacle } from "./slow-disk.ts";
import { buildWorkload } from "./workloads.ts";

/** The commands of the groups' processes, of 15 characters at the most. */
export interface TroubledNames {
  /** Four processes on the last CPU: one runs and three wait, all the time. They give way to all others. */
  readonly cpu: string;
  /** One process that reads from a disk which gives it 16 blocks a second: it waits nearly all the time. */
  readonly disk: string;
  /** Processes that end at once, five a second: by SIGSEGV and with exit code 1 in turn. */
  readonly crash: string;
}

/** Something that goes on until it is stopped. */
interface Running {
  stop(): Promise<void>;
}

/** So much lasts for hours. */
const diskBytes = 2 ** 30;
const bytesPerSecond = 16 * 4096;

/** Why there can be no such groups here; undefined where there can. */
export const findTroubleObstacle = (): string | undefined => findDiskObstacle() ?? findCgroupObstacle("blkio");

const running = (child: ChildProcess): Running => ({ stop: () => stopAll([child]) });

async function startCrowd(name: string): Promise<Running> {
  const lastCpu = String(cpus().length - 1);
  return running(await startNice(19, ["taskset", "-c", lastCpu, buildWorkload("busy"), "4", "--comm", name]));
}

function startCrashes(name: string): Running {
  const ends = ["--exit-codes", "1", "--signals", "11"];
  const args = ["1000000000", "--every", "200", "--comm", name, "--no-exec", ...ends];
  return running(spawn(buildWorkload("spawn"), args, { stdio: "ignore" }));
}

/** A control group is busy for a moment after its last process has exited. */
async function removeGroup(directory: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      rmdirSync(directory);
      return;
    } catch (error) {
      if (tries === 500) throw error;
      await pause(10);
    }
  }
}

async function startReader(name: string): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "reader-"));
  const program = join(folder, name);
  symlinkSync("/bin/dd", program);
  const cgroups = mountCgroups({ controller: "blkio" });
  const directory = join(cgroups.path, `reader-${process.pid}`);
  mkdirSync(directory);
  const disk = createSlowDisk(directory, { bytes: diskBytes, bytesPerSecond });
  const flags = [`if=${disk.device}`, "of=/dev/null", "bs=4096", "iflag=direct", "status=none"];
  const script = 'echo 0 > "$0/cgroup.procs" && exec "$@"';
  const child = spawn("sh", ["-c", script, directory, program, ...flags], { stdio: "ignore" });
  await once(child, "spawn");
  return {
    async stop() {
      disk.release();
      await stopAll([child]);
      await removeGroup(directory);
      disk.remove();
      cgroups.unmount();
      rmSync(folder, { recursive: true });
    },
  };
}

/** Starts all three. Delay accounting must be on before: processes that are older have no waits for a disk. */
export async function startTroubled({ cpu, disk, crash }: TroubledNames): Promise<Running> {
  const all = [await startReader(disk), await startCrowd(cpu), startCrashes(crash)];
  return {
    async stop() {
      for (const one of all) await one.stop();
    },
  };
}
