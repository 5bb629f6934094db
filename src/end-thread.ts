/** A thread of this process that ends at once: the self-test of exit events looks for its event. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";

export async function endThread(): Promise<void> {
  const worker = new Worker("", { eval: true, stdout: true, stderr: true });
  await once(worker, "exit");
}
