/**
 * A host with something to see: processes that compete for a CPU, read past the cache, and end in every way.
 *
 * Where the kernel makes autogroups, a nice value counts among the tasks of one session only, and the session's own among
 * all sessions; so what is to be nice, or not, gets a session and both.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { spawn, spawnSync } from "./processes.ts";
import { diskFolder } from "./run-folders.ts";
import { buildWorkload } from "./workloads.ts";

export interface Load {
  /** Two busy processes on the first CPU, before all others: what else runs there gets next to nothing. */
  readonly pair: string;
  /** Thirty busy processes on the last CPU, behind all others. */
  readonly crowd: string;
  /** One that reads from a disk all the time, and those that `end` starts. */
  readonly mixed: string;
  /** Starts six processes of `mixed` and returns when they have ended, each in a way of its own. */
  end(): void;
  /** How the processes that `end` started have ended: exit codes, and signals by name. */
  readonly ends: ReadonlyMap<string, number>;
  stop(): Promise<void>;
}

/** The arguments of `spawn`, and how its children end. */
const endings = [
  { args: ["4", "--exit-codes", "0,1", "--signals", "11,9"], codes: ["0", "1", "SIGSEGV", "SIGKILL"] },
  { args: ["1", "--signals", "6", "--core"], codes: ["SIGABRT"] },
  { args: ["1", "--", "/bin/dd", "if=/dev/zero", "of=/dev/null", "bs=1", "count=5000", "status=none"], codes: ["0"] },
] as const;

async function stopAll(children: readonly ChildProcess[]): Promise<void> {
  const running = children.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
  const closed = running.map((child) => once(child, "close"));
  for (const child of running) child.kill("SIGTERM");
  await Promise.all(closed);
}

async function startNice(nice: number, command: readonly string[]): Promise<ChildProcess> {
  const child = spawn("nice", ["-n", String(nice), ...command], { detached: true });
  await once(child, "spawn");
  const autogroup = `/proc/${child.pid ?? 0}/autogroup`;
  if (existsSync(autogroup)) writeFileSync(autogroup, String(nice));
  return child;
}

/** Starts what stays; delay accounting has to be on before. @param suffix what makes the names of the groups unique */
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
  // Cores are written to the working directory, where the machine writes them at all.
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
