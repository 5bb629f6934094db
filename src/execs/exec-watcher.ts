/** The exec watcher, as the collector sees it. execs/watch.ts has the real one; tests have a fake. */

import type { FactName } from "../classify/process-facts.ts";
import type { Uids } from "../procfs/parse.ts";

/** A process as it was read. Undefined: the file could not be read any more, or nobody asked for it. */
export interface ProcessSnapshot {
  readonly tgid: number;
  /** Time of the read, by the monotonic clock of the exporter. */
  readonly seenAtUs: number;
  /** Empty where /proc/PID/stat could not be read any more. */
  readonly comm: string;
  readonly ppid: number | undefined;
  readonly startTicks: number | undefined;
  readonly argv: readonly string[] | undefined;
  readonly cgroups: readonly string[] | undefined;
  readonly uids: Uids | undefined;
}

/** A later snapshot of a forked process, or of a process that has forked. */
export interface Revisit {
  readonly snapshot: ProcessSnapshot;
  /** Age of the forked process without its waits for a CPU; undefined for a process that was read since it has forked. */
  readonly ranUs: number | undefined;
}

/** Is called for what happened, in the order in which it happened. */
export interface WatchVisitor {
  fork(parent: number, child: number): void;
  exec(snapshot: ProcessSnapshot): void;
  revisit(revisit: Revisit): void;
  /** Events are missing here. What is known about the program of each process may be wrong from now on. */
  gap(): void;
}

export interface ExecWatcher {
  /** Hands over what was seen since the last call. It does not wait. */
  take(visitor: WatchVisitor): void;
  /** Resolves when all execs before the call can be taken, or when that takes too long. */
  caughtUp(): Promise<void>;
  /** Events that the kernel dropped since the start, as far as the watcher has reported. */
  readonly lost: number;
  /** False where the thread has no priority, since CAP_SYS_NICE is missing: it is late for some processes. */
  readonly prompt: boolean;
  close(): void;
}

export interface ExecWatcherOptions {
  /** The facts to read of each process. */
  readonly facts: ReadonlySet<FactName>;
  /** Called when `take` has something to hand over. */
  readonly onSeen: () => void;
  /** Called when the watcher has failed and will see nothing any more. */
  readonly onBroken: (error: unknown) => void;
}

/** Starts a watcher. @throws ExporterError CONNECTOR_NAMESPACE, CONNECTOR_MISSING, CONNECTOR_REFUSED, SOCKET_FAILED */
export type WatchExecs = (options: ExecWatcherOptions) => Promise<ExecWatcher>;
