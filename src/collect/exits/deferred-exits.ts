/**
 * Exits whose process may have started a program that the exec watcher has not reported yet. They are decided on when it has reported
 * all execs before them. What it saw of exited processes is kept until then too, since their children's exits may need it.
 */

import type { UserNames } from "../../procfs/users.ts";
import type { ExecHistory } from "../../execs/exec-history.ts";
import type { ProcessSnapshot } from "../../execs/exec-watcher.ts";
import type { Process } from "../groups/process.ts";
import { copyExitRecord, type ExitRecord } from "./exit-record.ts";

/** The last record of a process whose program is not known yet. */
export interface DeferredExit {
  /** Undefined where nothing else is known of it. */
  readonly process: Process | undefined;
  readonly tgid: number;
  readonly record: ExitRecord;
}

export interface DeferredExits {
  /** False where another exit must be decided on by what is known now. */
  readonly hasRoom: boolean;
  /** Defers an exit; its record is copied. */
  defer(exit: DeferredExit): void;
  /** The exec of this exited process is to be forgotten once the exits deferred until now are decided on. */
  noteExited(tgid: number): void;
  /** Waits for the exec watcher and for names of users, and then decides on each exit that was deferred before the call. */
  settle(decide: (exit: DeferredExit) => void): Promise<void>;
}

export interface DeferredExitsOptions {
  readonly execHistory: ExecHistory;
  readonly users: Pick<UserNames, "settled">;
}

/** A record takes half a kilobyte. */
const limit = 20_000;

export function createDeferredExits({ execHistory, users }: DeferredExitsOptions): DeferredExits {
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
      const snapshot = execHistory.find(tgid);
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
