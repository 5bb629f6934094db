/**
 * Reads /proc/PID/cmdline, which can block for ever: the kernel copies it out of the process's memory, whose lock may be in the
 * hands of a task that waits for a file system that hangs (`get_mm_cmdline` in fs/proc/base.c). The reader can be killed then, not
 * interrupted. Only threads that may be given up import this file; who wants a command line asks `command-lines.ts`.
 */

import { closeSync, openSync, readSync } from "node:fs";
import { parseCmdline } from "./parse.ts";

/** Of a process's arguments, what is read: class paths have a hundred kilobytes, and some megabytes are possible. */
export const cmdlineBytes = 2 ** 19;

/**
 * Reads the command line of a process to the offset `at`; blocks while the kernel does.
 *
 * @param into has room for `cmdlineBytes` from there on
 * @returns its length in bytes; -1 where the process is gone
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

/** Reads a process's arguments, the first 512 KiB of them; empty for a kernel thread, and for a process that is ending. */
export type ReadCmdline = (tgid: number) => readonly string[] | undefined;

/** @param root where the proc file system is mounted */
export function createCmdlineReader(root: string): ReadCmdline {
  const buffer = Buffer.allocUnsafeSlow(cmdlineBytes);
  return (tgid) => {
    const length = readCmdlineBytes(`${root}/${tgid}/cmdline`, buffer, 0);
    return length < 0 ? undefined : parseCmdline(buffer.toString("utf8", 0, length));
  };
}
