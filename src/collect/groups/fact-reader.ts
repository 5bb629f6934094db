/** What is known of a process, from each place that tells of it. What no rule asks for is not read. */

import type { FactName, ProcessFacts } from "../../classify/process-facts.ts";
import type { TaskStat } from "../../procfs/parse.ts";
import type { BootTime } from "../../procfs/boot-time.ts";
import type { CommandLines } from "../../procfs/command-lines.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { UserNames } from "../../procfs/users.ts";
import type { ProcessSnapshot } from "../../execs/exec-watcher.ts";

/** What a record tells of its process. */
export interface RecordedProcess {
  readonly tgid: number;
  readonly comm: string;
  /** The real user. */
  readonly uid: number;
}

export interface FactReader {
  /** Says which processes will be read next: it is cheaper to read many at once. */
  readAhead(tgids: readonly number[]): void;
  /** A live process, as /proc shows it now; what it does not show any more, since the process is ending, is undefined. */
  read(tgid: number, stat: TaskStat): ProcessFacts;
  /** False where something that rules ask for is missing: of a process that /proc has shown, since it has begun to end. */
  isWhole(facts: ProcessFacts): boolean;
  /** True where its command line is not known because reading it blocks. */
  isBlocked(tgid: number): boolean;
  /** A process has ended. */
  forget(tgid: number): void;
  /** A process that ended, as its last record shows it. */
  ofRecord(record: RecordedProcess): ProcessFacts;
  /** A process at an exec, as the watcher saw it. */
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

/** Kernel ticks per second in /proc (USER_HZ), the same on all architectures Node runs on. */
export const ticksPerSecond = 100;

/** TASK_COMM_LEN in include/linux/sched.h, without the NUL. */
const commLength = 15;

export function createFactReader(options: FactReaderOptions): FactReader {
  const { proc, commandLines, users, needs, bootTime } = options;
  const nameOf = (id: number | undefined): string | undefined => (id === undefined ? undefined : users.nameOf(id));
  const startOf = (ticks: number): number => bootTime.seconds + ticks / ticksPerSecond;

  function wantsUsers(): boolean {
    const wanted = needs();
    // Asked for each end: most configurations ask for nothing.
    return wanted.size > 0 && (wanted.has("user") || wanted.has("effectiveUser"));
  }

  function readUsers(tgid: number): Pick<ProcessFacts, "user" | "effectiveUser"> {
    const uids = wantsUsers() ? proc.readUids(tgid) : undefined;
    return { user: nameOf(uids?.real), effectiveUser: nameOf(uids?.effective) };
  }

  /** A process that has begun to end shows no arguments any more, and "/" for its control groups of v1. */
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
        // /proc adds to a kernel thread's name what it works at, or gives it a longer one than its records have.
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
