/** The built program, run as a user runs it: started, scraped, ended. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { parsePage, type ScrapedPage } from "./page.ts";
import { spawn } from "./processes.ts";

const builtMain = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface Program {
  readonly url: string;
  readonly pid: number;
  /** What it has written to standard error. */
  log(): string;
  scrape(): Promise<ScrapedPage>;
  get(path: string, headers?: Readonly<Record<string, string>>): Promise<Response>;
  /** The exit status, once it has ended. */
  ended(): Promise<number | null>;
  /** Sends SIGTERM and waits for the end. @returns the exit status */
  stop(): Promise<number | null>;
}

/** A command that ended. */
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

/** What the program is started through: `setpriv ...`, `unshare ...`; nothing where it is left out. */
export interface StartOptions {
  readonly through?: readonly string[];
  /** Where it is started from; this repository's `dist` where it is left out. */
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

/** What a process that has just been spawned says until it ends. */
export async function outcomeOf(child: ChildProcess): Promise<Outcome> {
  const { stdout, stderr } = collect(child);
  const [status] = (await once(child, "close")) as [number | null];
  return { status, stdout: stdout(), stderr: stderr() };
}

/** Waits until the program says where it serves. */
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

/** Waits until a process that has just been spawned, the program or what runs it and passes signals on, is ready. */
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
