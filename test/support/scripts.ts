/** Scripts that tell the id of each process that runs them, so that it is known how many processes a shell forked. */

import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { spawn } from "./processes.ts";

export interface Folder {
  /** Writes a script, which can be run under its name. @param head the interpreter, or nothing for an ordinary file */
  write(name: string, interpreter: string, body: string): string;
  /** Makes a link to a program; its comm is then the link's name. */
  link(name: string, target: string): string;
}

/** Runs `use` with a folder of programs under names of their own. */
export async function withPrograms(use: (folder: Folder) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "programs-"));
  try {
    await use({
      write(name, interpreter, body) {
        const path = join(directory, name);
        writeFileSync(path, `#!${interpreter}\n${body}\n`);
        chmodSync(path, 0o755);
        return path;
      },
      link(name, target) {
        const path = join(directory, name);
        symlinkSync(target, path);
        return path;
      },
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** A line of sh that tells the process's id without forking another one. */
export const tellSelf = 'read -r self rest </proc/self/stat; echo "$self"';

/** Runs a program until all its descendants have closed its output. @returns the ids that they told */
export async function runTelling(path: string, args: readonly string[] = []): Promise<ReadonlySet<string>> {
  const child = spawn(path, args, { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(child, "close");
  const output = await text(child.stdout);
  await closed;
  if (child.exitCode !== 0) throw new Error(`${path} ended with ${child.exitCode ?? child.signalCode}`);
  return new Set(output.split("\n").filter((line) => /^\d+$/.test(line)));
}
