/**
 * Programs that a benchmark starts. Each is the leader of a process group, which is killed when the benchmark ends,
 * however it ends, and none outlives the benchmark's time limit.
 */

import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";

export type Child = ChildProcessByStdio<Writable, Readable, Readable> & { readonly pid: number };

const groups = new Set<number>();

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left in it.
  }
}

/** Kills what was started when this process ends: by itself, by a signal, by an error, or because of the limit. */
export function guardChildren(limitMs: number): void {
  process.once("exit", () => groups.forEach((pid) => killGroup(pid, "SIGKILL")));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
  }
  setTimeout(() => {
    process.stderr.write(`bench: not done after ${limitMs / 60_000} minutes\n`);
    process.exit(1);
  }, limitMs).unref();
}

/** Starts a program; what it writes to stderr is kept for the message of its failure. @throws Error where it cannot be started */
export async function startChild(command: string, args: readonly string[]): Promise<Child> {
  const child = spawn(command, args, { detached: true, stdio: ["pipe", "pipe", "pipe"] });
  await once(child, "spawn");
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command}: no process`);
  groups.add(pid);
  child.once("exit", () => {
    killGroup(pid, "SIGKILL");
    groups.delete(pid);
  });
  child.stdin.on("error", () => undefined); // It ended without reading: its status says why.
  return Object.assign(child, { pid });
}

const graceMs = 8000;

/** Asks a program to end and waits for it; kills it where it does not. */
export async function stopChild(child: Child, ask: () => void = () => void child.kill("SIGTERM")): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  ask();
  const timer = setTimeout(() => killGroup(child.pid, "SIGKILL"), graceMs);
  await ended;
  clearTimeout(timer);
}

/** Runs a program to its end. @returns what it wrote to stdout @throws Error where its status is not 0 */
export async function runChild(command: string, args: readonly string[], input = ""): Promise<string> {
  const child = await startChild(command, args);
  const ended = once(child, "close");
  const [output, errors] = [collectText(child.stdout), collectText(child.stderr)];
  child.stdin.end(input);
  await ended;
  if (child.exitCode !== 0) throw new Error(`${command} ended with ${child.exitCode ?? child.signalCode}: ${errors()}`);
  return output();
}

/** Reads a stream as it comes. @returns a function that gives what has come so far */
export function collectText(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
  return () => text;
}
