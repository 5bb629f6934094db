/** Programs of this machine, run to their end. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** The log of a build with all its packages. */
const mostOutputBytes = 64 * 2 ** 20;

export interface RunOptions {
  /** Variables of the environment besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * @returns what it wrote to standard output
 * @throws Error with what it wrote to standard error, where its status was not 0 or the signal ended it
 */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
  const { env, signal } = options;
  const { stdout } = await execute(command, [...args], {
    maxBuffer: mostOutputBytes,
    env: { ...process.env, ...env },
    ...(signal === undefined ? {} : { signal }),
  });
  return stdout.trim();
}
