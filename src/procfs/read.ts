/**
 * Reads /proc. A file of a process that cannot be read gives undefined, not an exception: processes exit all the time, descriptors
 * run out, and a mount with hidepid hides live processes. So undefined does not mean that a process has exited; see
 * `collect/exits/ended-processes.ts`. No file that is read here can block; `command-lines.ts` reads the one that can.
 */

import { readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { errorTable, ExporterError } from "../base/errors.ts";
import {
  parseBootTime,
  parseCgroups,
  parseLastPid,
  parseStat,
  parseTaskId,
  parseUids,
  parseUptime,
  type TaskStat,
  type Uids,
} from "./parse.ts";
import { createShortFileReader } from "./short-file.ts";

export interface ProcReader {
  readonly root: string;
  /** Lists all processes off the event loop: the kernel takes 14 to 25 ms for 10,000. @throws ExporterError PROC_UNREADABLE */
  listProcesses(): Promise<number[]>;
  /** As `listProcesses`, but blocks the event loop. */
  listProcessesNow(): number[];
  /** Lists a process's threads, at least one. */
  listThreads(tgid: number): readonly number[] | undefined;
  /** Counts a process's threads, including a leader that has exited. A link count is read, which takes a third of a listing's time. */
  countThreads(tgid: number): number | undefined;
  readStat(tgid: number): TaskStat | undefined;
  readThreadStat(tgid: number, tid: number): TaskStat | undefined;
  /** The paths of a process's control groups. */
  readCgroups(tgid: number): readonly string[] | undefined;
  readUids(tgid: number): Uids | undefined;
  /** The id of the task that was created last. While it stays the same, no process or thread has been started. */
  readLastPid(): number | undefined;
  /** Seconds since the boot, as start times in /proc are counted, to 10 ms. */
  readUptime(): number | undefined;
  /** The text of a file below the root. */
  readText(path: string): string | undefined;
  /** The id of this process in the pid namespace that this /proc shows. */
  readSelf(): number | undefined;
  /** The time of the boot, in seconds since 1970. @throws ExporterError PROC_UNREADABLE, PROC_TEXT */
  readBootTime(): number;
}

const statBytes = 1024;

/** @param root where the proc file system is mounted */
export function createProcReader(root: string): ProcReader {
  const readLine = createShortFileReader(statBytes);

  function stat(path: string): TaskStat | undefined {
    const line = readLine(path);
    if (line === undefined || line === "") return undefined;
    const parsed = parseStat(line);
    // The name is decoded again only where it is not ASCII, which is rare.
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
        // A process that is being reaped has no threads for a moment.
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
    readUptime: () => parseUptime(readLine(`${root}/uptime`) ?? ""),
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

/** What to do, by errno. For other errnos it is the error table's remedy: to mount /proc, or to say where it is. */
const remedies: Readonly<Record<string, string>> = {
  EMFILE: errorTable.SYSTEM_LIMIT.remedy,
  ENFILE: "raise the limit of the whole system: sysctl fs.file-max",
  ENOMEM: "free memory, or raise the limit of the control group that the exporter is in",
  EACCES: "run it as a user who may read it",
  EPERM: "run it as a user who may read it",
};

/** The error where /proc itself cannot be read, or a file that every /proc has. */
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
