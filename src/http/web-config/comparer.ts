/**
 * Computes bcrypt hashes on a thread of its own, one at a time: each takes a tenth of a second by design, which the event loop
 * does not have. The thread is there only while passwords are compared, and gives way to all others.
 */
import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";

/** The bcrypt hash of a password under the salt and the cost of `hash`. Rejects where the system has no room for a thread. */
export type ComputeHash = (password: string, hash: string) => Promise<string>;

/** On Linux a priority belongs to the thread that sets it. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const { hashSync } = require(workerData);
try { require("node:os").setPriority(10); } catch {}
parentPort.on("message", ({ password, hash }) => parentPort.postMessage(hashSync(password, hash)));
`;

/** bcrypt's tables take four kilobytes. */
const resourceLimits = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 };

/** How long the thread is kept for the next password, in milliseconds. */
const idleMs = 10_000;

interface Pending {
  readonly resolve: (hash: string) => void;
  readonly reject: (reason: unknown) => void;
}

/** Ask for one hash at a time. */
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
      // Where there is no room for a thread, the constructor throws.
      worker ??= open();
      pending = { resolve, reject };
      worker.postMessage({ password, hash });
    });
}
