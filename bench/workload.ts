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
export async function startIdle(count: number): Promise<IdleProcesses> {
  if (count === 0) return { tgids: [], stop: () => Promise.resolve() };
  const child = await startChild(buildWorkload("idle"), [String(count), "--distinct", "5"]);
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
