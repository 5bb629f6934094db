/** Makes reads of /proc fail, as they do where descriptors or memory run out, or a mount hides processes. */

import { ExporterError } from "../../src/base/errors.ts";
import type { ProcReader } from "../../src/procfs/read.ts";

/** Called for each read; true makes the read fail. */
export type FailsNow = () => boolean;

/** Whether a process is hidden, as a mount with hidepid=invisible hides those of other users. */
export type Hides = (tgid: number) => boolean;

export interface Failures {
  readonly failsNow?: FailsNow;
  readonly hides?: Hides;
}

/** A reader that is told when to fail. */
export function failingProc(reader: ProcReader, { failsNow = () => false, hides = () => false }: Failures): ProcReader {
  const refuse = (): never => {
    throw new ExporterError("PROC_UNREADABLE", { where: reader.root, want: "a directory", got: "EMFILE" });
  };
  const look =
    <A extends readonly unknown[], T>(read: (...args: A) => T) =>
    (...args: A): T | undefined =>
      failsNow() ? undefined : read(...args);
  const lookAt =
    <A extends readonly [number, ...unknown[]], T>(read: (...args: A) => T) =>
    (...args: A): T | undefined =>
      failsNow() || hides(args[0]) ? undefined : read(...args);
  const shown = (tgids: readonly number[]): number[] => tgids.filter((tgid) => !hides(tgid));
  return {
    root: reader.root,
    listProcesses: async () => (failsNow() ? refuse() : reader.listProcesses().then(shown)),
    listProcessesNow: () => (failsNow() ? refuse() : shown(reader.listProcessesNow())),
    listThreads: lookAt(reader.listThreads),
    countThreads: lookAt(reader.countThreads),
    readStat: lookAt(reader.readStat),
    readThreadStat: lookAt(reader.readThreadStat),
    readCgroups: lookAt(reader.readCgroups),
    readUids: lookAt(reader.readUids),
    readLastPid: look(reader.readLastPid),
    readUptime: look(reader.readUptime),
    readText: look(reader.readText),
    readSelf: look(reader.readSelf),
    readBootTime: () => (failsNow() ? refuse() : reader.readBootTime()),
  };
}
