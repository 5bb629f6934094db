/** Finds programs of this machine, and runs them to their end. */

import { once } from "node:events";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { spawn } from "./processes.ts";

/** The path of a program that `PATH` finds; undefined where it does not. */
export function findProgram(name: string, path = process.env["PATH"] ?? ""): string | undefined {
  return path
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((file) => existsSync(file));
}

export interface RunOptions {
  readonly cwd?: string;
  /** Variables of the environment besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Standard input; none where it is left out. */
  readonly input?: string;
  /** Ends the program. */
  readonly signal?: AbortSignal | undefined;
}

/** The last lines of a text: there a failed program says why it failed. */
const tailOf = (text: string): string => text.trimEnd().split("\n").slice(-20).join("\n");

/**
 * @returns what the program wrote to standard output
 *
 * @throws Error with the last lines that it wrote, where its status was not 0 or the signal ended it
 */
export async function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { cwd, env, input, signal } = options;
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, signal, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that exits before it has read all of its input has a status that says why.
  child.stdin.on("error", () => undefined).end(input);
  const [status, killer] = (await once(child, "close")) as [number | null, string | null];
  if (status === 0) return stdout.trim();
  const command = [program, ...args].join(" ").slice(0, 200);
  throw new Error(`${command}: want status 0, got ${status ?? killer ?? ""}\n${tailOf(stdout + stderr)}`);
}
