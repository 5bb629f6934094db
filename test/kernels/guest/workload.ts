/** Runs the workloads inside the guest. test/support/workloads/README.md describes them. */

import { execFile, spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

/** What `spawn` and `threads` print: sums of wait4's rusage over all children. */
export interface Usage {
  readonly count: number;
  readonly minflt: number;
  readonly majflt: number;
  readonly nvcsw: number;
  readonly nivcsw: number;
  readonly utime_us: number;
  readonly stime_us: number;
  /** Exits of threads; only the workload `threads` prints them. */
  readonly threads: number;
}

/** The path of a workload. */
export const workloadPath = (name: string): string =>
  fileURLToPath(new URL(`../../../workloads/${name}`, import.meta.url));

/** Runs a workload to its end. */
export async function runWorkload(name: string, ...args: string[]): Promise<Usage> {
  const { stdout } = await run(workloadPath(name), args);
  return JSON.parse(stdout) as Usage;
}

/**
 * As `runWorkload`, in the control group of a folder: all processes of the workload are in it from their first
 * instruction.
 */
export async function runWorkloadIn(group: string, name: string, ...args: readonly string[]): Promise<Usage> {
  const enter = ["sh", "-c", 'echo 0 > "$0/cgroup.procs" && exec "$@"', group];
  const { stdout } = await run("/bin/busybox", [...enter, workloadPath(name), ...args]);
  return JSON.parse(stdout) as Usage;
}

/** A workload that runs until its input ends. */
export interface LastingWorkload {
  readonly pid: number;
  /** The lines that it has printed. */
  lines(): unknown[];
  /** @throws Error where the workload has exited by itself */
  checkAlive(): void;
  /** Closes its input and waits for its exit. @returns all that it printed */
  finish(): Promise<unknown[]>;
}

/** Options of a lasting workload. */
export interface LastingOptions {
  /** Waits for its first line. */
  readonly ready?: boolean;
  /** Gives way to all other tasks: churn would otherwise keep the checked program from its CPU. */
  readonly nice?: boolean;
}

/** Runs a command at the lowest priority, and all that it starts. */
const niced = ["/bin/busybox", "sh", "-c", 'busybox renice -n 19 -p $$ && exec "$@"', "sh"];

/** Starts a workload that lasts. */
export async function startWorkload(
  [name = "", ...args]: readonly string[],
  { ready = false, nice = false }: LastingOptions = {},
): Promise<LastingWorkload> {
  const [command = "", ...rest] = [...(nice ? niced : []), workloadPath(name), ...args];
  const child: ChildProcessWithoutNullStreams = spawn(command, rest);
  const closed = once(child, "close") as Promise<[number | null]>;
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  if (ready) await Promise.race([once(child.stdout, "data"), closed]);
  const lines = (): unknown[] =>
    text
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as unknown);
  return {
    pid: child.pid ?? 0,
    lines,
    checkAlive() {
      if (child.exitCode !== null) throw new Error(`${name}: want it alive, got status ${child.exitCode}`);
    },
    async finish() {
      child.stdin.end();
      const [status] = await closed;
      if (status !== 0) throw new Error(`${name}: want status 0, got ${status}`);
      return lines();
    },
  };
}
