/** The workloads of the tests, run beside the measured program. */

import { once } from "node:events";
import { readFileSync } from "node:fs";
import { buildWorkload } from "../test/support/workloads.ts";
import { runChild, startChild, stopChild } from "./children.ts";

export interface IdleProcesses {
  readonly tgids: readonly number[];
  stop(): Promise<void>;
}

/** Starts sleeping processes under five names; resolves when all are there. */
export function startIdle(count: number): Promise<IdleProcesses> {
  return startSleepers(count, ["--distinct", "5"]);
}

/** As `startIdle`, each process under a name of its own. */
export function startGroups(count: number): Promise<IdleProcesses> {
  return startSleepers(count, ["--distinct", String(count)]);
}

/** As `startIdle`, processes under one name of many threads each, all of which run once a second. */
export function startCrews(count: number, threads: number): Promise<IdleProcesses> {
  return startSleepers(count, ["--threads", String(threads), "--wake", "1000", "--comm-prefix", "crew"]);
}

async function startSleepers(count: number, flags: readonly string[]): Promise<IdleProcesses> {
  if (count === 0) return { tgids: [], stop: () => Promise.resolve() };
  const child = await startChild(buildWorkload("idle"), [String(count), ...flags]);
  await Promise.race([once(child.stdout, "data"), once(child, "exit").then(() => fail("idle ended at its start"))]);
  const children = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8");
  return { tgids: children.trim().split(" ").map(Number), stop: () => stopChild(child, () => void child.stdin.end()) };
}

function fail(message: string): never {
  throw new Error(message);
}

export interface Ends {
  /** Ends of tasks that the workload counted itself. */
  readonly count: number;
  readonly seconds: number;
}

/** Ends tasks at full speed. */
export async function runStorm(kind: "threads" | "processes", count: number): Promise<Ends> {
  const flags = kind === "processes" ? ["--processes"] : [];
  return JSON.parse(await runChild(buildWorkload("storm"), [String(count), ...flags])) as Ends;
}

/** Starts processes one after the other. @param how flags of workloads/spawn.c, `--no-exec` among them */
export async function runChildren(count: number, how: readonly string[]): Promise<Ends> {
  return JSON.parse(await runChild(buildWorkload("spawn"), [String(count), ...how])) as Ends;
}

/** Runs processes of many threads in turn; the threads of each live together. */
export async function runCrews(processes: number, threads: number): Promise<Ends> {
  const output = await runChild(buildWorkload("threads"), [String(processes), String(threads), "--comm", "short-crew"]);
  const { threads: count, seconds } = JSON.parse(output) as { readonly threads: number; readonly seconds: number };
  return { count, seconds };
}
