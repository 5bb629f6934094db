/**
 * Computes bcrypt hashes on a thread of its own, one at a time. A hash takes a tenth of a second by design, for which the event
 * loop must not stand. The thread exists only while passwords are compared, and has a low priority.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

/** Computes the bcrypt hash of a password with the salt and the cost of `hash`. Rejects if the system cannot start a thread. */
export type ComputeHash = (password: string, hash: string) => Promise<string>;

/** The thread's program. On Linux, setPriority changes the priority of the calling thread only. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const { hashSync } = require(workerData);
try { require("node:os").setPriority(10); } catch {}
parentPort.on("message", ({ password, hash }) => parentPort.postMessage(hashSync(password, hash)));
`;

/** A small heap is enough: bcrypt's tables take 4 KB. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/** How long an idle thread is kept for the next password, in milliseconds. */
const idleMs = 10_000;

interface Pending {
  readonly resolve: (hash: string) => void;
  readonly reject: (reason: unknown) => void;
}

/** Creates the function. The caller must wait for a hash before it asks for the next one. */
export function createComputeHash(): ComputeHash {
  let worker: Worker | undefined;
  let pending: Pending | undefined;
  let timer: NodeJS.Timeout | undefined;

  function settle(settlement: (pending: Pending) => void): void {
    const settled = pending;
    pending = undefined;
    if (settled !== undefined) settlement(settled);
  }

  function open(): Worker {
    const opened = new Worker(program, {
      eval: true,
      workerData: createRequire(import.meta.url).resolve("bcryptjs"),
      resourceLimits,
    });
    const end = (reason: unknown): void => {
      if (worker !== opened) return;
      worker = undefined;
      settle(({ reject }) => reject(reason));
    };
    opened.on("message", (hash: string) => {
      timer = setTimeout(close, idleMs).unref();
      settle(({ resolve }) => resolve(hash));
    });
    opened.on("error", end);
    opened.on("exit", () => end(new Error("the thread that compares passwords has ended")));
    opened.unref();
    return opened;
  }

  function close(): void {
    const idle = worker;
    worker = undefined;
    void idle?.terminate();
  }

  return (password, hash) =>
    new Promise((resolve, reject) => {
      clearTimeout(timer);
      // The constructor throws if the system cannot start a thread.
      worker ??= open();
      pending = { resolve, reject };
      worker.postMessage({ password, hash });
    });
}
