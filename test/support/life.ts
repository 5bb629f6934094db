/** Controls one process of workloads/life.c line by line, and reads what /proc and wait4 say of it. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { spawn } from "./processes.ts";
import { buildWorkload } from "./workloads.ts";

/** A comm that no other run on this machine uses. @param name at most nine characters */
export const own = (name: string): string => `${name}.${process.pid.toString(36)}`;

/** What wait4 said of a process. The faults of children that the process had reaped are included. */
export interface Reaped {
  readonly reaped: number;
  /** The wait status. */
  readonly status: number;
  readonly minflt: number;
  readonly majflt: number;
}

export interface Life {
  /** The id of the process that reads the lines: another process after `spawn` and `daemonize`. */
  readonly pid: number;
  /** Sends a line and waits until it has been obeyed. @returns the id of the process that obeyed it */
  tell(line: string): Promise<number>;
  /** Waits until the keeper has nothing left to reap. @returns the reaped processes, in order */
  reaped(): Promise<readonly Reaped[]>;
  /** Sends the last line, or closes stdin, and waits as `reaped`. */
  end(line?: string): Promise<readonly Reaped[]>;
  /** Sends a line that makes the process exit and waits until it is a zombie. The keeper was started with `late`. */
  die(line: string): Promise<void>;
  /** Lets the keeper reap the zombie. */
  reap(): Promise<readonly Reaped[]>;
}

export interface LifeOptions {
  readonly pid?: number;
  readonly late?: boolean;
}

type Line = { readonly done?: string; readonly pid?: number; readonly zombie?: number } & Partial<Reaped>;

const keepers = new Set<ChildProcess>();

/** Ends all lives that a test left behind. */
export async function endLives(): Promise<void> {
  await Promise.all(
    [...keepers].map((keeper) => {
      const closed = once(keeper, "close");
      keeper.stdin?.destroy();
      keeper.kill("SIGKILL");
      return closed;
    }),
  );
}

/** Starts a process whose comm is `name`. */
export async function startLife(name: string, { pid, late = false }: LifeOptions = {}): Promise<Life> {
  const args = [name, ...(pid === undefined ? [] : [`--pid=${pid}`]), ...(late ? ["--late"] : [])];
  const keeper = spawn(buildWorkload("life"), args, { stdio: ["pipe", "pipe", "pipe"] });
  const closed = once(keeper, "close").then(() => keepers.delete(keeper));
  keepers.add(keeper);
  let errors = "";
  keeper.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  keeper.stdin.on("error", () => undefined);
  const lines = createInterface(keeper.stdout)[Symbol.asyncIterator]();
  const ended: Reaped[] = [];
  let current = 0;

  /** The next line that is not about a reaped process; those are kept. */
  async function next(): Promise<Line | undefined> {
    for (;;) {
      const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
      if (done === true) return undefined;
      const line = JSON.parse(value) as Line;
      if (line.reaped === undefined) return line;
      ended.push(line as Reaped);
    }
  }

  async function answer(): Promise<number> {
    const line = await next();
    if (line?.pid === undefined) throw new Error(`life ended too early: ${errors}`);
    return (current = line.pid);
  }

  async function reaped(): Promise<readonly Reaped[]> {
    await next();
    await closed;
    if (errors !== "") throw new Error(`life failed: ${errors}`);
    return ended;
  }

  await answer();
  return {
    get pid() {
      return current;
    },
    tell(line) {
      keeper.stdin.write(`${line}\n`);
      return answer();
    },
    reaped,
    end(line) {
      keeper.stdin.end(line === undefined ? undefined : `${line}\n`);
      return reaped();
    },
    async die(line) {
      keeper.stdin.write(`${line}\n`);
      if ((await next())?.zombie === undefined) throw new Error(`life is no zombie: ${errors}`);
    },
    reap() {
      keeper.kill("SIGUSR1");
      return reaped();
    },
  };
}

/** Runs `use` with a directory of links to life's program, so that it can be executed under these names. */
export async function withLinks(names: readonly string[], use: (path: (name: string) => string) => Promise<void>) {
  const directory = mkdtempSync(join(tmpdir(), "life-"));
  try {
    for (const name of names) symlinkSync(buildWorkload("life"), join(directory, name));
    await use((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Calls `repeat` again and again until `work` has settled. @returns what `work` gives */
export async function during<T>(work: Promise<T>, repeat: () => Promise<unknown>): Promise<T> {
  const ended = new AbortController();
  const result = work.finally(() => ended.abort());
  while (!ended.signal.aborted) await repeat();
  return result;
}

/** What /proc/PID/stat says of a process. */
export interface ProcFigures {
  readonly comm: string;
  readonly state: string;
  /** Of all its threads, including those that exited. */
  readonly minflt: number;
  readonly threads: number;
  readonly startTicks: number;
  readonly kernelThread: boolean;
}

/** @returns undefined where there is no such process */
export function readFigures(pid: number): ProcFigures | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "utf8");
  } catch {
    return undefined;
  }
  const words = text.slice(text.lastIndexOf(") ") + 2).split(" ");
  return {
    comm: text.slice(text.indexOf("(") + 1, text.lastIndexOf(") ")),
    state: words[0] ?? "",
    minflt: Number(words[7]),
    threads: Number(words[17]),
    startTicks: Number(words[19]),
    kernelThread: (Number(words[6]) & 0x20_0000) !== 0,
  };
}

/** All processes that are no zombies, as /proc shows them now. */
export function listFigures(): ProcFigures[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readFigures(Number(name)))
    .filter((figures) => figures !== undefined && figures.state !== "Z") as ProcFigures[];
}
