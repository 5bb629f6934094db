/** Controls a process that reads lines on its standard input and answers each with a line on its standard output. */

import { once } from "node:events";
import { createInterface } from "node:readline";
import { spawn } from "./processes.ts";

export interface Told {
  readonly pid: number;
  /** Sends a line, without waiting for the answer. */
  say(line: string): void;
  /** @returns the next answer. @throws Error where the process has exited */
  hear(): Promise<string>;
  /** Sends a line and waits for the answer. */
  tell(line: string): Promise<string>;
}

/** Starts a program and kills it, whatever happens. A process in an uninterruptible sleep exits when the sleep is over. */
export async function withTold(
  command: readonly string[],
  use: (told: Told) => Promise<void>,
  argv0 = command[0],
): Promise<void> {
  const [program = "", ...args] = command;
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"], ...(argv0 === undefined ? {} : { argv0 }) });
  const closed = once(child, "close");
  child.stdin.on("error", () => undefined);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const say = (line: string): void => void child.stdin.write(`${line}\n`);
  async function hear(): Promise<string> {
    const { value, done } = (await lines.next()) as IteratorResult<string, undefined>;
    if (done === true) throw new Error(`${program} has ended`);
    return value;
  }
  try {
    await use({
      pid: child.pid ?? NaN,
      say,
      hear,
      tell(line) {
        say(line);
        return hear();
      },
    });
  } finally {
    child.kill("SIGKILL");
    await closed;
  }
}
