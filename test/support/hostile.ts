/** Starts processes whose command name and arguments are any bytes, for which Node's spawn has no form. */

import { once } from "node:events";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "./processes.ts";
import { buildWorkload } from "./workloads.ts";

export interface Hostile {
  readonly pid: number;
  /** Lets the process exit with status 0 and waits for that. */
  end(): Promise<void>;
}

export interface HostileNames {
  /** Base name of the executable, of which the first 15 bytes are the command name. */
  readonly file: Buffer;
  /** The first argument; the executable's path where it is left out. */
  readonly argv0?: Buffer;
  readonly rest: readonly Buffer[];
}

const script = 'exec { pack("H*", shift) } map { pack("H*", $_) } @ARGV; die $!';

/** Starts workloads/life.c under these names and waits until it runs. */
export async function startHostile({ file, argv0, rest }: HostileNames): Promise<Hostile> {
  const directory = mkdtempSync(join(tmpdir(), "hostile-"));
  const path = Buffer.concat([Buffer.from(`${directory}/`), file]);
  symlinkSync(buildWorkload("life"), path);
  const args = [path, argv0 ?? path, Buffer.from("--resume"), ...rest].map((bytes) => bytes.toString("hex"));
  const child = spawn("perl", ["-e", script, ...args], { stdio: ["pipe", "pipe", "inherit"] });
  const closed = once(child, "close");
  const [first] = (await Promise.race([once(child.stdout, "data"), closed])) as [unknown];
  rmSync(directory, { recursive: true });
  if (!Buffer.isBuffer(first)) throw new Error(`perl ended with status ${String(first)}`);
  return {
    pid: child.pid ?? 0,
    async end() {
      child.stdin.end();
      await closed;
    },
  };
}
