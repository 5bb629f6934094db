/** Runs other programs to their end. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const execute = promisify(execFile);

export interface CommandOptions {
  readonly cwd?: string;
  /** Variables of the environment besides this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * @returns what the program wrote to standard output
 * @throws Error with its output where its status is not 0; Error with the package to install where there is no such
 * program
 */
export async function run(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  const { cwd, env } = options;
  try {
    const { stdout } = await execute(program, args, { cwd, env: { ...process.env, ...env }, maxBuffer: 2 ** 28 });
    return stdout;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const got = code === "ENOENT" ? "none: packages are made on Debian, with npm, tar, dpkg and apt" : message;
    throw new Error(`${program}: want it run, got ${got}`, { cause });
  }
}
