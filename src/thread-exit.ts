/** Starts a thread of this process that works a little and exits. The self-test then looks for its exit event. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Twenty short waits. Each is a voluntary context switch, so that the thread is visible in its process's sums. */
const work =
  "const word = new Int32Array(new SharedArrayBuffer(4)); for (let i = 0; i < 20; i++) Atomics.wait(word, 0, 0, 0.05);";

/** Returns when the thread has exited. */
export async function causeThreadExit(): Promise<void> {
  const worker = new Worker(work, { eval: true, stdout: true, stderr: true });
  await once(worker, "exit");
}
