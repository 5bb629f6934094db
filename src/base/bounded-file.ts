/**
 * Reads a whole file that an operator named. Size and time are bounded, since the path may be anything: a named pipe does not end
 * while nobody writes to it, and a device may never end.
 */

import { closeSync, constants, fstatSync, openSync, readSync } from "node:fs";

import { formatSize } from "./quantity.ts";

/** The largest file that is read. Files that configure this program are far smaller. */
const mostBytes = 2 ** 20;
const chunkBytes = 2 ** 16;

/** How long the command of a shell's `<(command)` may take until its output ends. */
const patienceMs = 5000;
const pauseMs = 10;

/** The bytes, or the obstacle: why they could not be read, in words that fit behind "got" in an error message. */
export type FileContent =
  | { readonly bytes: Buffer; readonly obstacle?: undefined }
  | { readonly bytes?: undefined; readonly obstacle: string; readonly cause?: unknown };

/** Reads a file of at most a mebibyte. */
export function readBoundedFile(path: string): FileContent {
  try {
    // Without O_NONBLOCK, open(2) of a named pipe blocks until another process opens it for writing.
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      return fstatSync(file).isFIFO() && !isOfShell(path) ? { obstacle: "a named pipe" } : readToEnd(file);
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    return { obstacle: reasonOf(cause), cause };
  }
}

/** Whether the path is a pipe that a shell made: `<(command)`, or standard input. */
const isOfShell = (path: string): boolean => /^\/(?:dev\/fd|proc\/(?:self|\d+)\/fd)\/\d+$|^\/dev\/stdin$/.test(path);

function readToEnd(file: number): FileContent {
  const chunks: Buffer[] = [];
  let length = 0;
  let waitedMs = 0;
  while (length <= mostBytes) {
    const chunk = Buffer.allocUnsafe(chunkBytes);
    const read = readSome(file, chunk);
    if (read === 0) return { bytes: Buffer.concat(chunks) };
    if (read === undefined && waitedMs >= patienceMs) return { obstacle: `no end of it within ${patienceMs / 1000}s` };
    if (read === undefined) waitedMs += pause();
    else chunks.push(chunk.subarray(0, read));
    length += read ?? 0;
  }
  return { obstacle: `more than ${formatSize(mostBytes)}` };
}

/** @returns the number of bytes; 0 at the end of the file; undefined where a pipe is empty for now */
function readSome(file: number, into: Buffer): number | undefined {
  try {
    return readSync(file, into);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EAGAIN") return undefined;
    throw error;
  }
}

function pause(): number {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  return pauseMs;
}

const isRoot = (): boolean => process.geteuid?.() === 0;

function reasonOf(cause: unknown): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case "ENOENT":
    case "ENOTDIR":
      return "none";
    case "EISDIR":
      return "a directory";
    case "EACCES":
    case "EPERM":
      return `no permission to read it${isRoot() ? ", since with --harden=auto root reads its own files and those for all" : ""}`;
    case "ENXIO":
      return "a socket, or a device that is not there";
    case "ELOOP":
      return "a circle of symbolic links";
    default:
      return String(cause).replace(/^[A-Za-z]*Error: /, "");
  }
}
