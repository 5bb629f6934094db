/** Receivers of exit events that do nothing with them. They run beside the exporter in the same storm. */

import { once } from "node:events";
import { buildProgram } from "../test/support/workloads.ts";
import { spawn } from "../test/support/processes.ts";
import { stopChild } from "./children.ts";

export interface Receiver {
  readonly pid: number;
  /** Events that it has taken since its start. @throws Error where the kernel dropped some of them */
  countReceived(): Promise<number>;
  stop(): Promise<void>;
}

/** The bare receiver in C. */
export function startReceiver(): Promise<Receiver> {
  return start(buildProgram(`${import.meta.dirname}/receiver.c`), []);
}

/** The empty receiver in JavaScript. */
export function startEmptyReceiver(): Promise<Receiver> {
  return start(process.execPath, ["--import", "tsx", `${import.meta.dirname}/empty-receiver.ts`]);
}

async function start(program: string, args: readonly string[]): Promise<Receiver> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
  await once(child, "spawn");
  child.stdout.setEncoding("utf8");
  await once(child.stdout, "data");
  return {
    pid: child.pid as number, // It has been started.
    async countReceived() {
      const answer = once(child.stdout, "data");
      child.stdin.write("\n");
      const [line] = (await answer) as [string];
      const { received, overruns } = JSON.parse(line) as { readonly received: number; readonly overruns: number };
      if (overruns > 0) throw new Error("the kernel dropped events of a receiver");
      return received;
    },
    stop: () => stopChild(child),
  };
}
