/** The messages between the exporter and the thread of the exec watcher. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode, ErrorDetails } from "../base/errors.ts";
import type { FactName } from "../classify/process-facts.ts";
import type { WatchBatch } from "./program-watch.ts";

/** What the thread gets at its start. */
export interface WatchTask {
  readonly procRoot: string;
  readonly facts: ReadonlySet<FactName>;
  /** The value of process.hrtime at zero of the exporter's clock, in microseconds. The thread has another zero of its own. */
  readonly originUs: number;
  readonly port: MessagePort;
  /** The memory of the thread's pulse and backlog. */
  readonly memory: SharedArrayBuffer;
  /** What the thread takes over from a thread that is stuck; undefined for the first thread. */
  readonly handover: Handover | undefined;
}

/** What a thread that is stuck leaves to its successor. */
export interface Handover {
  /** File descriptor of the socket. */
  readonly descriptor: number;
  /** Processes that started a program and were not reported. */
  readonly tgids: readonly number[];
  /** Processes whose command line must not be read: a thread is stuck in each of them. */
  readonly blocked: ReadonlySet<number>;
}

/** An order to the thread: to answer when all queued events have been handled, or to end. */
export type WatchOrder = { readonly kind: "catch-up"; readonly turn: number } | { readonly kind: "end" };

/** A message from the thread. */
export type WatchNews =
  | { readonly kind: "watching"; readonly prompt: boolean; readonly descriptor: number | undefined }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly kind: "seen"; readonly batch: WatchBatch; readonly lost: number }
  | { readonly kind: "caught-up"; readonly turn: number };
