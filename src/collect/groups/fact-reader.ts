/**
 * Reads the facts of a process from /proc, from an exit record or from a snapshot. Facts that no rule asks for are not
 * read.
 */

import type { FactName, ProcessFacts } from "../../classify/process-facts.ts";
import type { TaskStat } from "../../procfs/parse.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { CommandLines } from "../../procfs/command-lines.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { ProcessSnapshot } from "../../execs/exec-watcher.ts";

/** What an exit record says of its process. */
export interface RecordedProcess {
  readonly tgid: number;
  readonly comm: string;
  /** The id of the real user. */
  readonly uid: number;
}

export interface FactReader {
  /** Reads the command lines of the processes that come next: to read many at once is cheaper. */
  readAhead(tgids: readonly number[]): void;
  /** The facts of a live process, as /proc shows them. Facts that an exiting process no longer shows are undefined. */
  read(tgid: number, stat: TaskStat): ProcessFacts;
  /**
   * False where arguments or control groups that rules ask for are missing, as when the process began to exit while it was
   * read.
   */
  isWhole(facts: ProcessFacts): boolean;
  /** True where the command line of a process is unknown because reading it blocks. */
  isBlocked(tgid: number): boolean;
  /** Forgets a process that exited. */
  forget(tgid: number): void;
  /** The facts of a process that exited, from its last record. */
  ofRecord(record: RecordedProcess): ProcessFacts;
  /** The facts of a process at an exec, from the exec watcher's snapshot. */
  ofSnapshot(snapshot: ProcessSnapshot): ProcessFacts;
}

export interface FactReaderOptions {
  readonly proc: ProcReader;
  readonly commandLines: CommandLines;
  readonly users: UserNames;
  /** The facts that rules and templates ask for now. */
  readonly needs: () => ReadonlySet<FactName>;
  readonly bootTime: Pick<BootTime, "seconds">;
}

/** Ticks per second in /proc (USER_HZ). It is 100 on all architectures that Node runs on. */
export const ticksPerSecond = 100;

/** TASK_COMM_LEN in include/linux/sched.h, without the NUL. */
const commLength = 15;

export function createFactReader(options: FactReaderOptions): FactReader {
  const { proc, commandLines, users, needs, bootTime } = options;
  const nameOf = (id: number | undefined): string | undefined => (id === undefined ? undefined : users.nameOf(id));
  const startOf = (ticks: number): number => bootTime.seconds + ticks / ticksPerSecond;

  function wantsUsers(): boolean {
    const wanted = needs();
    // Called for each exit. The size is checked first, since most configurations ask for no fact.
    return wanted.size > 0 && (wanted.has("user") || wanted.has("effectiveUser"));
  }

  function readUsers(tgid: number): Pick<ProcessFacts, "user" | "effectiveUser"> {
    const uids = wantsUsers() ? proc.readUids(tgid) : undefined;
    return { user: nameOf(uids?.real), effectiveUser: nameOf(uids?.effective) };
  }

  /** Leaves out what an exiting process shows wrongly: no arguments, and "/" for its control groups of v1. */
  function readUnlessEnding(tgid: number): Pick<ProcessFacts, "argv" | "cgroups"> {
    const wanted = needs();
    const argv = wanted.has("argv") ? commandLines.read(tgid) : undefined;
    const cgroups = wanted.has("cgroups") ? proc.readCgroups(tgid) : undefined;
    const doubtful = argv?.length === 0 || cgroups?.includes("/") === true;
    if (!doubtful || proc.readStat(tgid)?.exiting === false) return { argv, cgroups };
    return { argv: argv?.length === 0 ? undefined : argv, cgroups: undefined };
  }

  return {
    readAhead(tgids) {
      if (needs().has("argv")) commandLines.readAhead(tgids);
    },
    isBlocked: (tgid) => commandLines.isBlocked(tgid),
    forget: (tgid) => commandLines.forget(tgid),
    read(tgid, { comm, startTicks, kernelThread }) {
      return {
        tgid,
        // For a kernel thread, /proc may show a longer name than its records have, or add its current work to the name.
        comm: kernelThread ? comm.slice(0, commLength) : comm,
        ...readUnlessEnding(tgid),
        ...readUsers(tgid),
        startTime: startOf(startTicks),
      };
    },
    isWhole({ argv, cgroups }) {
      const wanted = needs();
      return !(argv === undefined && wanted.has("argv")) && !(cgroups === undefined && wanted.has("cgroups"));
    },
    ofRecord: ({ tgid, comm, uid }) => ({
      tgid,
      comm,
      argv: undefined,
      cgroups: undefined,
      user: wantsUsers() ? nameOf(uid) : undefined,
      effectiveUser: undefined,
      startTime: undefined,
    }),
    ofSnapshot: ({ tgid, comm, argv, cgroups, uids, startTicks }) => ({
      tgid,
      comm,
      argv,
      cgroups,
      user: nameOf(uids?.real),
      effectiveUser: nameOf(uids?.effective),
      startTime: startTicks === undefined ? undefined : startOf(startTicks),
    }),
  };
}
