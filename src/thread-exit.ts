/** A thread of this process that works a little and ends: the self-test looks at what the kernel says of it. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** Short waits, each a voluntary context switch, so that the thread leaves a trace in its process's sums. */
const work =
  "const word = new Int32Array(new SharedArrayBuffer(4)); for (let i = 0; i < 20; i++) Atomics.wait(word, 0, 0, 0.05);";

export async function causeThreadExit(): Promise<void> {
  const worker = new Worker(work, { eval: true, stdout: true, stderr: true });
  await once(worker, "exit");
}
