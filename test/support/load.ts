/**
 * Gives the host something to show: processes that compete for a CPU, read past the page cache, and exit in every
 * way.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { startNice, stopAll } from "./nice.ts";
import { spawnSync } from "./processes.ts";
import { diskFolder } from "./run-folders.ts";
import { buildWorkload } from "./workloads.ts";

export interface Load {
  /** Two busy processes on the first CPU, preferred to all others: what else runs there gets next to nothing. */
  readonly pair: string;
  /** Thirty busy processes on the last CPU, which give way to all others. */
  readonly crowd: string;
  /** A process that reads from a disk all the time, and the processes that `end` starts. */
  readonly mixed: string;
  /** Starts six processes of `mixed` and returns when they have exited, each in another way. */
  end(): void;
  /** How the processes that `end` started have exited: how many with each exit code and by each signal. */
  readonly ends: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** Arguments of the workload `spawn`, and how its children exit. */
const endings = [
  { args: ["4", "--exit-codes", "0,1", "--signals", "11,9"], codes: ["0", "1", "SIGSEGV", "SIGKILL"] },
  { args: ["1", "--signals", "6", "--core"], codes: ["SIGABRT"] },
  { args: ["1", "--", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=5000", "status=none"], codes: ["0"] },
] as const;

/**
 * Starts the processes that stay. Delay accounting must be on before. @param suffix makes the names of the groups
 * unique
 */
export async function startLoad(suffix: string): Promise<Load> {
  const [pair, crowd, mixed] = [`pair${suffix}`, `crowd${suffix}`, `mixed${suffix}`];
  const ends = new Map<string, number>();
  const busy = buildWorkload("busy");
  const lastCpu = String(cpus().length - 1);
  const children = await Promise.all([
    startNice(-15, [busy, "2", "--comm", pair]),
    startNice(19, ["taskset", "-c", lastCpu, busy, "30", "--comm", crowd]),
    startNice(0, [buildWorkload("direct"), "1000000", diskFolder(), "--comm", mixed]),
  ]);
  // Where this machine writes cores at all, it writes them to the working directory.
  const cwd = mkdtempSync(join(tmpdir(), "taskstats-load-"));
  return {
    pair,
    crowd,
    mixed,
    ends,
    end() {
      for (const { args, codes } of endings) {
        const [count, ...rest] = args;
        const { status, stderr } = spawnSync(buildWorkload("spawn"), [count, "--comm", mixed, ...rest], {
          cwd,
          encoding: "utf8",
        });
        if (status !== 0) throw new Error(`spawn ended with status ${String(status)}: ${stderr}`);
        for (const code of codes) ends.set(code, (ends.get(code) ?? 0) + 1);
      }
    },
    async stop() {
      await stopAll(children);
      rmSync(cwd, { recursive: true, force: true });
    },
  };
}
