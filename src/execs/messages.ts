/** What the thread that watches programs being started and the exporter say to each other. */

import type { MessagePort } from "node:worker_threads";
import type { ErrorCode, ErrorDetails } from "../base/errors.ts";
import type { FactName } from "../classify/process-facts.ts";
import type { WatchBatch } from "./program-watch.ts";

/** Given to the thread at its start. */
export interface WatchTask {
  readonly procRoot: string;
  readonly facts: ReadonlySet<FactName>;
  /** What process.hrtime shows at zero of the exporter's clock, in microseconds: a thread's own clock begins with it. */
  readonly originUs: number;
  readonly port: MessagePort;
  /** Of this thread's pulse and backlog. */
  readonly memory: SharedArrayBuffer;
  /** What it takes over from a thread that is stuck; undefined for the first one. */
  readonly handover: Handover | undefined;
}

/** From a thread that is stuck to its successor. */
export interface Handover {
  /** The socket. */
  readonly descriptor: number;
  /** Processes that were seen and not told. */
  readonly tgids: readonly number[];
  /** Those whose command line is not to be read: a thread is stuck in each. */
  readonly blocked: ReadonlySet<number>;
}

/** To the thread: say so when all that is queued has been seen, or end. */
export type WatchOrder = { readonly kind: "catch-up"; readonly turn: number } | { readonly kind: "end" };

/** From the thread. */
export type WatchNews =
  | { readonly kind: "watching"; readonly prompt: boolean; readonly descriptor: number | undefined }
  | { readonly kind: "failed"; readonly code: ErrorCode; readonly details: ErrorDetails }
  | { readonly kind: "seen"; readonly batch: WatchBatch; readonly lost: number }
  | { readonly kind: "caught-up"; readonly turn: number };
