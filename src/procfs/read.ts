/**
 * Reads /proc. What cannot be read is undefined, never an exception: processes end all the time, descriptors run out, and a
 * mount with hidepid says of a live process that it is not there. So undefined is no news of an end: see `ends/absent.ts`.
 * Nothing here reads a file that can block, as those do that look into a process's memory: `command-lines.ts` has those.
 */

import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { errorTable, ExporterError } from "../base/errors.ts";
import {
  parseBootTime,
  parseCgroups,
  parseLastPid,
  parseStat,
  parseTaskId,
  parseUids,
  type TaskStat,
  type Uids,
} from "./parse.ts";

export interface ProcReader {
  readonly root: string;
  /** Ids of all processes, listed off the event loop: the kernel takes 14 to 25 ms for 10,000. @throws ExporterError PROC_UNREADABLE */
  listProcesses(): Promise<number[]>;
  /** As `listProcesses`, in this turn of the event loop. */
  listProcessesNow(): number[];
  /** Ids of a process's threads, one at least. */
  listThreads(tgid: number): readonly number[] | undefined;
  /** Number of a process's threads, an ended leader included; from the link count, at a third of the price of a listing. */
  countThreads(tgid: number): number | undefined;
  readStat(tgid: number): TaskStat | undefined;
  readThreadStat(tgid: number, tid: number): TaskStat | undefined;
  /** The paths of its control groups. */
  readCgroups(tgid: number): readonly string[] | undefined;
  readUids(tgid: number): Uids | undefined;
  /** The id given to a task last: while it stays the same, nothing has been started. */
  readLastPid(): number | undefined;
  /** The text of a file below the root. */
  readText(path: string): string | undefined;
  /** This process's own id as this /proc shows it. */
  readSelf(): number | undefined;
  /** The boot, in seconds since 1970. @throws ExporterError PROC_UNREADABLE, PROC_TEXT */
  readBootTime(): number;
}

const statBytes = 1024;

/** @param root where the proc file system is mounted */
export function createProcReader(root: string): ProcReader {
  const buffer = Buffer.allocUnsafeSlow(statBytes);

  /** One open, read and close: half the price of readFileSync. */
  function readLine(path: string): string | undefined {
    let fd: number;
    try {
      fd = openSync(path, "r");
    } catch {
      return undefined;
    }
    try {
      return buffer.toString("latin1", 0, readSync(fd, buffer, 0, statBytes, 0));
    } catch {
      return undefined;
    } finally {
      closeSync(fd);
    }
  }

  function stat(path: string): TaskStat | undefined {
    const line = readLine(path);
    if (line === undefined || line === "") return undefined;
    const parsed = parseStat(line);
    // Names beyond ASCII are rare: only then are the bytes decoded again.
    return parsed === undefined ? undefined : { ...parsed, comm: decodeName(parsed.comm) };
  }

  function readText(path: string): string | undefined {
    try {
      return readFileSync(`${root}/${path}`, "utf8");
    } catch {
      return undefined;
    }
  }

  function refuse(cause: unknown): never {
    throw unreadable(root, "a directory", cause);
  }

  return {
    root,
    async listProcesses() {
      return taskIds(await readdir(root).catch(refuse));
    },
    listProcessesNow() {
      try {
        return taskIds(readdirSync(root));
      } catch (cause) {
        return refuse(cause);
      }
    },
    listThreads(tgid) {
      try {
        const tids = taskIds(readdirSync(`${root}/${tgid}/task`));
        // A process that is being reaped shows none for a moment.
        return tids.length === 0 ? undefined : tids;
      } catch {
        return undefined;
      }
    },
    countThreads(tgid) {
      try {
        const links = statSync(`${root}/${tgid}/task`, { throwIfNoEntry: false })?.nlink;
        return links === undefined ? undefined : links - 2;
      } catch {
        return undefined;
      }
    },
    readStat: (tgid) => stat(`${root}/${tgid}/stat`),
    readThreadStat: (tgid, tid) => stat(`${root}/${tgid}/task/${tid}/stat`),
    readCgroups(tgid) {
      const text = readText(`${tgid}/cgroup`);
      return text === undefined ? undefined : parseCgroups(text);
    },
    readUids(tgid) {
      const text = readText(`${tgid}/status`);
      return text === undefined ? undefined : parseUids(text);
    },
    readLastPid: () => parseLastPid(readLine(`${root}/loadavg`) ?? ""),
    readText,
    readSelf() {
      try {
        return parseTaskId(readlinkSync(`${root}/self`));
      } catch {
        return undefined;
      }
    },
    readBootTime() {
      let text: string;
      try {
        text = readFileSync(`${root}/stat`, "utf8");
      } catch (cause) {
        throw unreadable(`${root}/stat`, "a readable file", cause);
      }
      const bootTime = parseBootTime(text);
      if (bootTime !== undefined) return bootTime;
      throw new ExporterError("PROC_TEXT", { where: `${root}/stat`, want: "a line btime", got: "none" });
    },
  };
}

/** What mends it, by the errno: a proc file system that is mounted and cannot be read for another reason need not be mounted. */
const remedies: Readonly<Record<string, string>> = {
  EMFILE: errorTable.SYSTEM_LIMIT.remedy,
  ENFILE: "raise the limit of the whole system: sysctl fs.file-max",
  ENOMEM: "free memory, or raise the limit of the control group that the exporter is in",
  EACCES: "run it as a user who may read it",
  EPERM: "run it as a user who may read it",
};

/** /proc, or a file in it that every /proc has, cannot be read. */
function unreadable(where: string, want: string, cause: unknown): ExporterError {
  const remedy = remedies[(cause as NodeJS.ErrnoException).code ?? ""];
  return new ExporterError("PROC_UNREADABLE", { where, want, got: String(cause), cause, ...(remedy && { remedy }) });
}

function taskIds(names: readonly string[]): number[] {
  return names.map(parseTaskId).filter((id) => id !== undefined);
}

function decodeName(latin1: string): string {
  return /^[\x00-\x7f]*$/.test(latin1) ? latin1 : Buffer.from(latin1, "latin1").toString("utf8");
}
