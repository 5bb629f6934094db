/**
 * Deferred exits: the exited process may have started a program that the exec watcher has not reported yet. A deferred exit is decided
 * on when the watcher has reported all earlier execs. Snapshots of exited processes are kept until then too: the exits of their
 * children may need them.
 */

import type { UserNames } from "../../procfs/users.ts";
import type { ExecHistory } from "../../execs/exec-history.ts";
import type { ProcessSnapshot } from "../../execs/exec-watcher.ts";
import type { Process } from "../groups/process.ts";
import { copyExitRecord, type ExitRecord } from "./exit-record.ts";

/** The exit of a process whose program is not known yet. */
export interface DeferredExit {
  /** Undefined where nobody saw the process alive. */
  readonly process: Process | undefined;
  readonly tgid: number;
  readonly record: ExitRecord;
}

export interface DeferredExits {
  /** False where too many exits are deferred: the next exit must be decided on at once. */
  readonly hasRoom: boolean;
  /** Defers an exit; its record is copied. */
  defer(exit: DeferredExit): void;
  /** A process has exited: its snapshot is forgotten at the next `settle`, after the deferred exits are decided on. */
  noteExited(tgid: number): void;
  /** Waits for the exec watcher and for user names, then calls `decide` for each exit that was deferred before the call. */
  settle(decide: (exit: DeferredExit) => void): Promise<void>;
}

export interface DeferredExitsOptions {
  readonly execHistory: ExecHistory;
  readonly users: Pick<UserNames, "settled">;
}

/** Most exits that are deferred at one time. The record of each takes half a kilobyte. */
const limit = 20_000;

export function createDeferredExits({ execHistory, users }: DeferredExitsOptions): DeferredExits {
  const { find } = execHistory;
  let deferred: DeferredExit[] = [];
  let exitedSnapshots: ProcessSnapshot[] = [];
  return {
    get hasRoom() {
      return deferred.length < limit;
    },
    defer({ process, tgid, record }) {
      deferred.push({ process, tgid, record: copyExitRecord(record) });
    },
    noteExited(tgid) {
      const snapshot = find(tgid);
      if (snapshot !== undefined) exitedSnapshots.push(snapshot);
    },
    async settle(decide) {
      const waiting = deferred;
      const forgettable = exitedSnapshots;
      [deferred, exitedSnapshots] = [[], []];
      if (waiting.length > 0) await Promise.all([execHistory.caughtUp(), users.settled()]);
      waiting.forEach(decide);
      forgettable.forEach(execHistory.forget);
    },
  };
}
