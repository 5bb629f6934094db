/** Folders for what tests write and may leave: they go with the run of the tests, however it ends. See run/. */

import { foldersOf, runVariable } from "./run/leftovers.js";

/** Where this is no run of the tests but a benchmark or a picture for the documents. */
const without = ["/tmp", "/var/tmp", "/dev/shm"];

const folderAt = (index: number): string => {
  const run = process.env[runVariable];
  return (run === undefined ? without : foldersOf(run))[index] ?? "";
};

/** On a disk on every distribution, where /tmp may be in memory. */
export const diskFolder = (): string => folderAt(1);

/** In memory, where the machine has such a folder; it may not exist. */
export const memoryFolder = (): string => folderAt(2);
