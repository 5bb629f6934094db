/** Who watches programs being started, as the collector sees it. execs/watch.ts has the real one, tests a fake. */

import type { FactName } from "../classify/process-facts.ts";
import type { Uids } from "../procfs/parse.ts";

/** A process right after an exec; undefined is what could not be read any more, or was not asked for. */
export interface ProcessSnapshot {
  readonly tgid: number;
  /** When it was read, by the exporter's monotonic clock. */
  readonly seenAtUs: number;
  /** Empty where it could not be read any more. */
  readonly comm: string;
  readonly ppid: number | undefined;
  readonly startTicks: number | undefined;
  readonly argv: readonly string[] | undefined;
  readonly cgroups: readonly string[] | undefined;
  readonly uids: Uids | undefined;
}

/** A process as it was some time after it was forked. */
export interface Revisit {
  readonly snapshot: ProcessSnapshot;
  /** Its age without what it waited for a CPU; undefined where it was looked at for what it forked. */
  readonly ranUs: number | undefined;
}

/** Told what happened, in the order in which it did. */
export interface WatchVisitor {
  fork(parent: number, child: number): void;
  exec(snapshot: ProcessSnapshot): void;
  look(look: Revisit): void;
  /** Something happened here of which nobody can tell: what was known of who runs what may not be true any more. */
  gap(): void;
}

export interface ExecWatcher {
  /** Hands over what was seen and not yet taken, without waiting. */
  take(visitor: WatchVisitor): void;
  /** Resolves when each exec before the call can be taken, or when that takes too long. */
  caughtUp(): Promise<void>;
  /** Events of which the kernel could not tell, since the start, as of what was taken. */
  readonly lost: number;
  /** False where the watching thread is an ordinary one, since CAP_SYS_NICE is missing: it comes too late for some. */
  readonly prompt: boolean;
  close(): void;
}

export interface ExecWatcherOptions {
  /** What is to be read of each process. */
  readonly facts: ReadonlySet<FactName>;
  /** Called when there is something to take. */
  readonly onSeen: () => void;
  /** Told that nothing will be seen any more. */
  readonly onBroken: (error: unknown) => void;
}

/** Begins to watch. @throws ExporterError CONNECTOR_NAMESPACE, CONNECTOR_MISSING, CONNECTOR_REFUSED, SOCKET_FAILED */
export type WatchExecs = (options: ExecWatcherOptions) => Promise<ExecWatcher>;
