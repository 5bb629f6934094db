/** Runs a program on a pseudo terminal, as a user at a terminal would: types keys, and reads the screen. */

import { once } from "node:events";
import { spawn } from "./processes.ts";
import { buildWorkload } from "./workloads.ts";

/** How the program has ended. */
export interface PtyEnd {
  /** Its exit status, or 128 + the signal. */
  readonly status: number;
  /** Whether the settings of the terminal are those from before. */
  readonly restored: boolean;
}

export interface Pty {
  /** All that was written. */
  output(): string;
  /** The lines of the last screen that was painted to its end, without colours. */
  screen(): readonly string[];
  /** The id of the program's process. */
  pid(): number;
  /** Waits until the last screen, its lines joined, is so. @throws Error where the program ends before */
  until(shown: RegExp): Promise<void>;
  /** Waits until a text has been written so often. @throws Error where the program ends before */
  untilWritten(text: string, times: number): Promise<void>;
  type(keys: string): void;
  resize(columns: number, rows: number): void;
  ended(): Promise<PtyEnd>;
}

/** Each screen begins in the corner, and ends with the clearing of what is below it. */
function lastScreen(output: string): readonly string[] {
  const screen = [...output.matchAll(/\u001b\[H((?:(?!\u001b\[H)[^])*?)\u001b\[J/g)].at(-1)?.[1] ?? "";
  return screen.split(/\r+\n/).map((line) => line.replaceAll(/\u001b\[[\d;]*[mK]/g, ""));
}

export interface PtyOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** @param command the program and its arguments */
export function startOnPty(command: readonly string[], { columns, rows, env = {} }: PtyOptions): Pty {
  const child = spawn(buildWorkload("pty"), [String(columns), String(rows), ...command], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, TERM: "xterm-256color", ...env },
  });
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (errors += chunk.toString()));
  const closed = once(child, "close");
  /** Looks again whenever something has been written. */
  async function untilTrue(condition: () => boolean, what: string): Promise<void> {
    while (!condition()) {
      if (child.exitCode !== null) throw new Error(`never written: ${what}; ${output}${errors}`);
      await Promise.race([once(child.stdout, "data"), closed]);
    }
  }
  const request = (line: string): void => void child.stdin.write(`${line}\n`);
  return {
    output: () => output,
    screen: () => lastScreen(output),
    pid: () => (JSON.parse(errors.split("\n")[0] ?? "") as { readonly pid: number }).pid,
    until: (shown) => untilTrue(() => shown.test(lastScreen(output).join("\n")), String(shown)),
    untilWritten: (text, times) =>
      untilTrue(() => output.split(text).length > times, `${JSON.stringify(text)} ${times} times`),
    type: (keys) => request(`k ${keys}`),
    resize: (width, height) => request(`s ${width} ${height}`),
    async ended() {
      await closed;
      return JSON.parse(errors.trim().split("\n").at(-1) ?? "") as PtyEnd;
    },
  };
}
