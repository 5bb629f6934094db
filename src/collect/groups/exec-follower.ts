/** Regroups tracked processes by what the exec watcher has seen of them: an exec, or a title that a forked process wrote. */

import type { ProcessFacts } from "../../classify/process-facts.ts";
import type { ProcessSnapshot, Revisit } from "../../execs/exec-watcher.ts";
import { haveChanged } from "../../execs/kept-arguments.ts";
import type { ProcReader } from "../../procfs/read.ts";
import type { Poller } from "../polls/poller.ts";
import type { FactReader } from "./fact-reader.ts";
import type { Process } from "./process.ts";
import type { Tracker } from "./tracker.ts";

export interface ExecFollower {
  /** Regroups a process after an exec. @returns false where the process is not tracked */
  onExec(snapshot: ProcessSnapshot): boolean;
  /** Regroups a forked process that has written another title since it was found. */
  onRevisit(revisit: Revisit): void;
}

export interface ExecFollowerOptions {
  readonly proc: Pick<ProcReader, "readStat">;
  readonly factReader: FactReader;
  readonly tracker: Pick<Tracker, "processes" | "noteChild" | "regroup">;
  /** Bills a process to its old group before it leaves. */
  readonly poller: Pick<Poller, "billUpToNow">;
}

/**
 * True where the snapshot is of another process with the same id: an earlier one, or a later one before this one's exit
 * event.
 */
function isOther({ startTicks }: Process, snapshot: ProcessSnapshot): boolean {
  return startTicks !== undefined && snapshot.startTicks !== undefined && startTicks !== snapshot.startTicks;
}

export function createExecFollower({ proc, factReader, tracker, poller }: ExecFollowerOptions): ExecFollower {
  /**
   * A live process is read as it is now, since it may already run a third program. For a process that exited before the
   * watcher read it, the control groups from before the exec are kept: an exec does not move a process.
   */
  function readAfterExec(snapshot: ProcessSnapshot, previous: ProcessFacts): ProcessFacts {
    const stat = proc.readStat(snapshot.tgid);
    const live = stat === undefined || stat.exiting ? undefined : factReader.read(snapshot.tgid, stat);
    if (live !== undefined && factReader.isWhole(live)) return live;
    const seen = factReader.ofSnapshot(snapshot);
    return seen.cgroups === undefined ? { ...seen, cgroups: previous.cgroups } : seen;
  }

  return {
    onExec(snapshot) {
      if (snapshot.ppid !== undefined) tracker.noteChild(snapshot.ppid, snapshot.cgroups);
      const process = tracker.processes.get(snapshot.tgid);
      if (process?.facts === undefined || isOther(process, snapshot)) return false;
      const facts = readAfterExec(snapshot, process.facts);
      poller.billUpToNow(process);
      if (!process.ended) tracker.regroup(process, facts, snapshot.ppid);
      return true;
    },
    onRevisit({ snapshot, ranUs }) {
      const process = tracker.processes.get(snapshot.tgid);
      if (ranUs === undefined || process?.facts === undefined || isOther(process, snapshot)) return;
      const { argv = [], comm } = snapshot;
      const { kept, facts } = process;
      // An empty title is being written just now: a later revisit or discovery reads it whole.
      if ((argv[0] ?? "").trim() === "" || !haveChanged(kept, facts.argv, argv)) return;
      poller.billUpToNow(process);
      if (!process.ended) tracker.regroup(process, { ...facts, argv, comm }, snapshot.ppid);
    },
  };
}
