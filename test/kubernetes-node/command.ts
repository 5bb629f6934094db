/** Runs a command to its end; one that fails says so with what it wrote. */

import { spawn } from "node:child_process";
import { once } from "node:events";

export interface CommandOptions {
  readonly cwd?: string;
  /** In place of the environment of this process. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input; none where it is left out. */
  readonly input?: string;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** The end of a text: what a program that failed wrote last says why. */
const tailOf = (text: string): string => text.trimEnd().split("\n").slice(-20).join("\n");

/** @returns its standard output. @throws Error with its last lines where its status is not 0 */
export async function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env = process.env, input, signal } = options;
  const child = spawn(program, args, { cwd, env: { ...env }, signal, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  // A program that does not read all of it ends with a status that says so.
  child.stdin.on("error", () => undefined).end(input);
  const [status, killer] = (await once(child, "close")) as [number | null, string | null];
  if (status === 0) return stdout;
  const command = [program, ...args].join(" ").slice(0, 200);
  throw new Error(`${command}: want status 0, got ${status ?? killer ?? ""}\n${tailOf(stdout + stderr)}`);
}
