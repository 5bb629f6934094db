/**
 * A host for the pictures of the live page: workloads under names that a real host has. One group waits for a CPU, one for a
 * disk, one for memory, one crashes again and again, and four are well.
 */

import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { mountCgroups } from "../../test/support/cgroup-v1.ts";
import { startNice, stopAll } from "../../test/support/nice.ts";
import { startTroubled } from "../../test/support/troubled.ts";
import { buildWorkload } from "../../test/support/workloads.ts";

/** The groups, and the commands of their processes. All other processes of the machine are in no group. */
const commands: Readonly<Record<string, string>> = {
  "video-encoder": "video-encoder",
  postgres: "postgres",
  "report-builder": "report-builder",
  thumbnailer: "thumbnailer",
  nginx: "nginx0",
  redis: "redis0",
  "node-api": "node-api0",
  cron: "cron-job",
};

/** Workloads of groups that are well, with their arguments. */
const well: readonly (readonly [workload: string, ...args: readonly string[]])[] = [
  ["idle", "4", "--threads", "2", "--wake", "20", "--distinct", "1", "--comm-prefix", "nginx"],
  ["idle", "1", "--threads", "4", "--wake", "10", "--distinct", "1", "--comm-prefix", "redis"],
  ["idle", "3", "--threads", "11", "--wake", "40", "--distinct", "1", "--comm-prefix", "node-api"],
  ["spawn", "1000000000", "--every", "1500", "--comm", "cron-job", "--no-exec"],
];

/** So much memory is too little for the group that waits for memory: it reads a file four times as large. */
const memory = { limit: 16 << 20, file: "64" };

export interface Host {
  /** The groups' names. */
  readonly groups: readonly string[];
  /** The flag for the program that names its configuration. */
  readonly flag: string;
  stop(): Promise<void>;
}

async function startReports(): Promise<Pick<Host, "stop">> {
  const cgroups = mountCgroups({ controller: "memory" });
  const directory = join(cgroups.path, `reports-${process.pid}`);
  mkdirSync(directory);
  writeFileSync(join(directory, "memory.limit_in_bytes"), String(memory.limit));
  const args = ["file", memory.file, "1000", "--comm", "report-builder", "--cgroup", directory];
  const child = await startNice(10, [buildWorkload("press"), ...args]);
  return {
    async stop() {
      await stopAll([child]);
      // The worker ends after its parent, and the control group is busy until then.
      while (!remove(directory)) await pause(10);
      cgroups.unmount();
    },
  };
}

function remove(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

/** Delay accounting must be on before. */
export async function startHost(): Promise<Host> {
  const folder = mkdtempSync(join(tmpdir(), "host-"));
  const config = join(folder, "groups.yaml");
  const rules = Object.entries(commands).map(([name, comm]) => ({ name, comm: [comm] }));
  writeFileSync(config, JSON.stringify({ process_names: rules }));
  const troubled = await startTroubled({ cpu: "video-encoder", disk: "postgres", crash: "thumbnailer" });
  const reports = await startReports();
  // They are preferred to all others, so that they are well whatever else runs here.
  const others = await Promise.all(
    well.map(([workload, ...args]) => startNice(-15, [buildWorkload(workload), ...args])),
  );
  return {
    groups: Object.keys(commands),
    flag: `--config.file=${config}`,
    async stop() {
      await stopAll(others);
      await reports.stop();
      await troubled.stop();
      rmSync(folder, { recursive: true });
    },
  };
}
