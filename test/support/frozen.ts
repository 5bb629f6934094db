/** A file system for a test that can be frozen: a task that writes to it then waits until it is thawed. */

import { closeSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawnSync } from "./processes.ts";

export interface Freezable {
  /** A file of one page in the file system. */
  readonly file: string;
  freeze(): void;
  thaw(): void;
}

/** @throws Error with what the command said */
function run(command: string, ...args: readonly string[]): void {
  const { status, error, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${error?.message ?? stderr}`);
}

/** Why no such file system can be made here; undefined where one can. */
export function findFreezeObstacle(): string | undefined {
  const missing = ["mkfs.ext4", "fsfreeze", "mount"].find((tool) => spawnSync(tool, ["-V"]).error !== undefined);
  if (missing !== undefined) return `${missing} is missing`;
  if (process.getuid?.() !== 0) return "only root may mount a file system";
  return spawnSync("losetup", ["--find"]).status === 0 ? undefined : "there is no loop device";
}

/** Thaws and unmounts the file system, whatever happens. Processes that have a file of it open must have exited before. */
export async function withFreezable(use: (freezable: Freezable) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "frozen-"));
  const [image, mount] = [join(directory, "image"), join(directory, "mount")];
  let frozen = false;
  const thaw = (): void => {
    if (frozen) run("fsfreeze", "--unfreeze", mount);
    frozen = false;
  };
  mkdirSync(mount);
  const fd = openSync(image, "w");
  ftruncateSync(fd, 8 * 2 ** 20);
  closeSync(fd);
  run("mkfs.ext4", "-q", image);
  run("mount", "-o", "loop", image, mount);
  try {
    const file = join(mount, "file");
    writeFileSync(file, Buffer.alloc(4096));
    run("sync", "-f", file);
    await use({
      file,
      freeze() {
        run("fsfreeze", "--freeze", mount);
        frozen = true;
      },
      thaw,
    });
  } finally {
    thaw();
    // Lazily: a process that a failed test left behind may still be ending.
    run("umount", "--lazy", mount);
    rmSync(directory, { recursive: true });
  }
}
