/** Looks at /proc that fail, whatever the reason: descriptors run out, memory does, or a mount hides processes. */

import { ExporterError } from "../../src/base/errors.ts";
import type { ProcReader } from "../../src/procfs/read.ts";

/** Asked for each look; true makes it fail. */
export type FailsNow = () => boolean;

/** What a mount with hidepid=invisible shows to another user: the processes are there, and not to be seen. */
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
    readText: look(reader.readText),
    readSelf: look(reader.readSelf),
    readBootTime: () => (failsNow() ? refuse() : reader.readBootTime()),
  };
}
