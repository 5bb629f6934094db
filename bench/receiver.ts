/** The bare C receiver of exit events, which runs beside the exporter in the same storm. */

import { once } from "node:events";
import { buildProgram } from "../test/support/workloads.ts";
import { startChild, stopChild } from "./children.ts";

export interface Receiver {
  readonly pid: number;
  /** Events that it has taken since its start. @throws Error where the kernel dropped some of them */
  countReceived(): Promise<number>;
  stop(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const child = await startChild(buildProgram(`${import.meta.dirname}/receiver.c`), []);
  child.stdout.setEncoding("utf8");
  await once(child.stdout, "data");
  return {
    pid: child.pid,
    async countReceived() {
      const answer = once(child.stdout, "data");
      child.stdin.write("\n");
      const [line] = (await answer) as [string];
      const { received, overruns } = JSON.parse(line) as { readonly received: number; readonly overruns: number };
      if (overruns > 0) throw new Error("the kernel dropped events of the C receiver");
      return received;
    },
    stop: () => stopChild(child, () => void child.stdin.end()),
  };
}
