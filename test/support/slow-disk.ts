/** A disk of which a control group may read little: what reads from it waits for I/O, until it is let go on. */

import { closeSync, ftruncateSync, mkdtempSync, openSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execFileSync, spawnSync } from "./processes.ts";
import { undoAtDeath } from "./undo.ts";

export interface SlowDisk {
  readonly device: string;
  /** Lets what waits go on. A process that waits for the disk cannot exit before. */
  release(): void;
  remove(): void;
}

/** Why there can be none here; undefined where there can. */
export function findDiskObstacle(): string | undefined {
  return spawnSync("losetup", ["--find"]).status === 0 ? undefined : "there is no loop device";
}

export interface SlowDiskOptions {
  /** How large the disk is; 8 MiB where it is left out. It takes no room: there is nothing on it. */
  readonly bytes?: number;
  /** How much the members of the control group may read of it together; 1 where it is left out. */
  readonly bytesPerSecond?: number;
}

/** @param cgroup a directory of cgroup v1 with the controller blkio */
export function createSlowDisk(cgroup: string, options: SlowDiskOptions = {}): SlowDisk {
  const { bytes = 8 * 2 ** 20, bytesPerSecond = 1 } = options;
  const folder = mkdtempSync(join(tmpdir(), "disk-"));
  const image = join(folder, "image");
  const fd = openSync(image, "w");
  ftruncateSync(fd, bytes);
  closeSync(fd);
  const device = execFileSync("losetup", ["--find", "--show", image], { encoding: "utf8" }).trim();
  const undone = undoAtDeath(["losetup", "--detach", device]);
  const { rdev } = statSync(device);
  // As gnu_dev_major() and gnu_dev_minor() for numbers that a loop device has.
  const number = `${(rdev >> 8) & 0xfff}:${(rdev & 0xff) | ((rdev >> 12) & 0xfff00)}`;
  const limit = (most: number): void =>
    writeFileSync(join(cgroup, "blkio.throttle.read_bps_device"), `${number} ${most}`);
  limit(bytesPerSecond);
  return {
    device,
    release: () => limit(0),
    remove() {
      execFileSync("losetup", ["--detach", device]);
      undone();
      rmSync(folder, { recursive: true });
    },
  };
}
