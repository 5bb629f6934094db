/**
 * Reads from /proc what processes and threads are and have now. Each read takes 10 to 20 us. No file that is read here can block:
 * none of them takes the lock of a process's memory.
 */

import { readdirSync, statSync } from "node:fs";
import { createShortFileReader } from "./short-file.ts";
import { parseDescriptorLimit, parseTaskStatus, type TaskStatus } from "./status.ts";

export interface StateReader {
  /** Undefined where the thread is gone, or hidden. */
  readStatus(tgid: number, tid: number): TaskStatus | undefined;
  /**
   * Counts the open descriptors of a thread's process.
   *
   * @returns "denied" where they may not be counted; undefined where the thread is gone
   */
  countDescriptors(tgid: number, tid: number): number | "denied" | undefined;
  /** The soft limit of open descriptors, Infinity where there is none; undefined where the process is gone. */
  readDescriptorLimit(tgid: number): number | undefined;
}

/** The file is 1.5 kB long; many CPUs make `Cpus_allowed` and `Mems_allowed` longer, which come before the last two lines. */
const statusBytes = 16_384;

/** Since Linux 6.2 the size of the directory is the number of descriptors (`proc_fd_getattr` in fs/proc/fd.c); before, it is 0. */
function directoriesTellSizes(): boolean {
  try {
    return statSync("/proc/self/fd").size > 0;
  } catch {
    return false;
  }
}

/** @param root where the proc file system is mounted */
export function createStateReader(root: string, sizesKnown = directoriesTellSizes()): StateReader {
  const read = createShortFileReader(statusBytes);

  /** The file of a process is the file of its leader. */
  const pathOf = (tgid: number, tid: number): string =>
    tgid === tid ? `${root}/${tgid}` : `${root}/${tgid}/task/${tid}`;

  return {
    readStatus(tgid, tid) {
      const text = read(`${pathOf(tgid, tid)}/status`);
      return text === undefined ? undefined : parseTaskStatus(text);
    },
    countDescriptors(tgid, tid) {
      const path = `${pathOf(tgid, tid)}/fd`;
      try {
        return sizesKnown ? statSync(path).size : readdirSync(path).length;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        return code === "ENOENT" || code === "ESRCH" ? undefined : "denied";
      }
    },
    readDescriptorLimit(tgid) {
      const text = read(`${root}/${tgid}/limits`);
      return text === undefined ? undefined : parseDescriptorLimit(text);
    },
  };
}
