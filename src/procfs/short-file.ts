/** Reads short files of /proc. */

import { closeSync, openSync, readSync } from "node:fs";

/**
 * Creates a function that reads a file by one open, read and close, which takes half the time of readFileSync.
 *
 * @param bytes what is read at the most
 * @returns the text, a character for each byte; undefined where the file cannot be read
 */
export function createShortFileReader(bytes: number): (path: string) => string | undefined {
  const buffer = Buffer.allocUnsafeSlow(bytes);
  return (path) => {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch {
      return undefined;
    }
    try {
      return buffer.toString("latin1", 0, readSync(fd, buffer, 0, bytes, 0));
    } catch {
      return undefined;
    } finally {
      closeSync(fd);
    }
  };
}
