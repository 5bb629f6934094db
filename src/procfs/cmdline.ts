/**
 * Reads /proc/PID/cmdline, which can block for ever. The kernel copies it from the process's memory (`get_mm_cmdline` in
 * fs/proc/base.c), and the lock of that memory may be held by a task that waits for a file system that hangs. The blocked thread
 * can be killed, but not interrupted. So only threads that can be given up import this file; other code uses `command-lines.ts`.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { parseCmdline } from "./parse.ts";

/** How much of a command line is read. A Java class path takes 100 KB; the kernel allows megabytes. */
export const cmdlineBytes = 2 ** 19;

/**
 * Reads a command line into memory, and blocks as long as the kernel does.
 *
 * @param at the offset in `into`, behind which there is room for `cmdlineBytes`
 * @returns the length in bytes; -1 where the process is gone
 */
export function readCmdlineBytes(path: string, into: Uint8Array, at: number): number {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch {
    return -1;
  }
  try {
    return readSync(fd, into, at, cmdlineBytes, 0);
  } catch {
    return -1;
  } finally {
    closeSync(fd);
  }
}

/**
 * Reads the first 512 KiB of a process's arguments: none for a kernel thread, and for a process that is exiting; undefined where
 * the process is gone.
 */
export type ReadCmdline = (tgid: number) => readonly string[] | undefined;

/** @param root where the proc file system is mounted */
export function createCmdlineReader(root: string): ReadCmdline {
  const buffer = Buffer.allocUnsafeSlow(cmdlineBytes);
  return (tgid) => {
    const length = readCmdlineBytes(`${root}/${tgid}/cmdline`, buffer, 0);
    return length < 0 ? undefined : parseCmdline(buffer.toString("utf8", 0, length));
  };
}
