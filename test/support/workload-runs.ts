/** Runs the C workloads of tests and benchmarks, and reads what they print. workloads/README.md describes them. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { run } from "./command.ts";
import { spawn } from "./processes.ts";
import { buildWorkload } from "./workloads.ts";

/** Tasks that a workload has ended, as it counted them itself. */
export interface Exits {
  readonly count: number;
  readonly seconds: number;
}

/** Exits of processes with the sums of their rusage, as wait4 gives it. */
export interface Totals extends Exits {
  readonly minflt: number;
  readonly majflt: number;
  readonly nvcsw: number;
  readonly nivcsw: number;
  readonly utime_us: number;
  readonly stime_us: number;
}

async function runWorkload<T>(name: string, ...args: readonly (string | number)[]): Promise<T> {
  return JSON.parse(await run(buildWorkload(name), args.map(String))) as T;
}

/** Ends tasks at full speed. */
export function runStorm(kind: "threads" | "processes", count: number): Promise<Exits> {
  return runWorkload("storm", count, ...(kind === "processes" ? ["--processes"] : []));
}

/** Starts processes one after the other. @param flags of workloads/spawn.c, such as `--no-exec` */
export function runChildren(count: number, flags: readonly string[]): Promise<Totals> {
  return runWorkload("spawn", count, ...flags);
}

/** Runs processes of many threads one after the other. @returns the exits of their threads, the main ones included */
export async function runCrews(processes: number, threads: number): Promise<Exits> {
  const args = [processes, threads, "--comm", "short-crew"];
  const totals = await runWorkload<Totals & { readonly threads: number }>("threads", ...args);
  return { count: totals.threads, seconds: totals.seconds };
}

/** Processes that sleep until they are stopped. */
export interface Sleepers {
  readonly tgids: readonly number[];
  stop(): Promise<void>;
}

/** Starts sleeping processes under five names; resolves when all are there. */
export function startIdle(count: number): Promise<Sleepers> {
  return startSleepers(count, ["--distinct", "5"]);
}

/** As `startIdle`, with a name of its own for each process. */
export function startGroups(count: number): Promise<Sleepers> {
  return startSleepers(count, ["--distinct", String(count)]);
}

/** As `startIdle`, with one name for all, and many threads in each process, which run once a second. */
export function startCrews(count: number, threads: number): Promise<Sleepers> {
  return startSleepers(count, ["--threads", String(threads), "--wake", "1000", "--comm-prefix", "crew"]);
}

/** @throws Error where the workload cannot start them all */
async function startSleepers(count: number, flags: readonly string[]): Promise<Sleepers> {
  if (count === 0) return { tgids: [], stop: () => Promise.resolve() };
  const child = spawn(buildWorkload("idle"), [String(count), ...flags], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const first = (await Promise.race([once(child.stdout, "data"), closed])) as [unknown];
  if (!Buffer.isBuffer(first[0])) throw new Error(`idle: want ${count} processes, got status ${String(first[0])}`);
  const { pid = 0 } = child;
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
  return {
    tgids: children.trim().split(" ").map(Number),
    async stop() {
      child.stdin.end();
      await closed;
    },
  };
}
