/**
 * Folders for the files that tests write and leave. They are removed with the run of the tests, however it ends. See
 * run/.
 */

import { foldersOf, runVariable } from "./run/leftovers.js";

/** The folders where no tests run, but a benchmark or the screenshot of the documents. */
const without = ["/tmp", "/var/tmp", "/dev/shm"];

const folderAt = (index: number): string => {
  const run = process.env[runVariable];
  return (run === undefined ? without : foldersOf(run))[index] ?? "";
};

/** A folder on a disk; /tmp may be in memory. */
export const diskFolder = (): string => folderAt(1);

/** A folder in memory. It does not exist on every machine. */
export const memoryFolder = (): string => folderAt(2);
