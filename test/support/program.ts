/** Runs the built program as a user does: starts, scrapes and stops it. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parsePage, type ScrapedPage } from "./page.ts";
import { spawn } from "./processes.ts";

export const builtMain = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Program {
  readonly url: string;
  readonly pid: number;
  /** What the program has written to standard error. */
  log(): string;
  scrape(): Promise<ScrapedPage>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** Waits for the program's exit. @returns its status */
  ended(): Promise<number | null>;
  /** Sends SIGTERM and waits for the end. @returns the exit status */
  stop(): Promise<number | null>;
}

/** The result of a command of the program. */
export interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A copy of the program, and the Node.js that runs it. */
export interface Installed {
  readonly node: string;
  readonly main: string;
}

/** How the program is started. `through` is a command before it, such as `setpriv ...` or `unshare ...`. */
export interface StartOptions {
  readonly through?: readonly string[];
  /** The copy to start; this repository's `dist` where it is left out. */
  readonly installed?: Installed;
  /** Variables of the environment besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

function launch(args: readonly string[], { through = [], env = {}, installed }: StartOptions): ChildProcess {
  const { node, main } = installed ?? { node: process.execPath, main: builtMain };
  const [command = node, ...rest] = [...through, node, main, ...args];
  return spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...env } });
}

function collect(child: ChildProcess): { readonly stdout: () => string; readonly stderr: () => string } {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return { stdout: () => stdout, stderr: () => stderr };
}

/** Runs a command of the program to its end. */
export function runProgram(args: readonly string[], options: StartOptions = {}): Promise<Outcome> {
  return outcomeOf(launch(args, options));
}

/** Collects the output of a process that has just been spawned, until it exits. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const { stdout, stderr } = collect(child);
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout: stdout(), stderr: stderr() };
}

/** Waits until the program says where it serves. @returns the URL */
async function servedUrl(child: ChildProcess, log: () => string): Promise<string> {
  for (;;) {
    const match = /url=(\S+) msg=serving/.exec(log());
    if (match?.[1] !== undefined) return match[1];
    if (child.exitCode !== null) throw new Error(`the program ended with status ${child.exitCode}: ${log()}`);
    await Promise.race([once(child.stderr as NonNullable<typeof child.stderr>, "data"), once(child, "close")]);
  }
}

/** Starts serving on a free port of the loopback address and waits until it is ready. */
export function startProgram(args: readonly string[] = [], options: StartOptions = {}): Promise<Program> {
  return untilServing(launch(["--web.listen-address=127.0.0.1:0", ...args], options));
}

/**
 * Waits until a process that has just been spawned is ready: the program, or a command that runs it and passes
 * signals on.
 */
export async function untilServing(child: ChildProcess): Promise<Program> {
  const { stderr } = collect(child);
  const closed = once(child, "close") as Promise<[number | null]>;
  const ended = async (): Promise<number | null> => (await closed)[0];
  const url = await servedUrl(child, stderr);
  const get: Program["get"] = (path, headers = {}) => fetch(new URL(path, url), { headers: { ...headers } });
  return {
    url,
    pid: child.pid ?? 0,
    log: stderr,
    get,
    async scrape() {
      const response = await get("/metrics");
      const text = await response.text();
      if (response.status !== 200) throw new Error(`status ${response.status}: ${text}`);
      return parsePage(text);
    },
    ended,
    stop() {
      child.kill("SIGTERM");
      return ended();
    },
  };
}
