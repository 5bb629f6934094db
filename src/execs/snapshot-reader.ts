/** Reads of processes that have just started a program what /proc will not tell any more when they have ended. */

import type { FactName } from "../classify/process-facts.ts";
import type { ReadCmdline } from "../procfs/cmdline.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { ProcessSnapshot } from "./exec-watcher.ts";

export interface ReadOptions {
  /** What is wanted of them. */
  readonly facts: ReadonlySet<FactName>;
  /** The exporter's monotonic clock. */
  readonly nowUs: () => number;
}

/** What a thread of its own may read besides. */
export type ExecProcReader = ProcReader & { readonly readCmdline: ReadCmdline };

export function readSnapshots(proc: ExecProcReader, tgids: readonly number[], options: ReadOptions): ProcessSnapshot[] {
  const { facts, nowUs } = options;
  const wantsUids = facts.has("user") || facts.has("effectiveUser");
  // A process's arguments go first, together with its memory, and are empty from then on: they are read for all before the rest.
  const argvs = tgids.map((tgid) => (facts.has("argv") ? proc.readCmdline(tgid) : undefined));
  return tgids.map((tgid, index) => {
    const cgroups = facts.has("cgroups") ? proc.readCgroups(tgid) : undefined;
    const stat = proc.readStat(tgid);
    const argv = argvs[index];
    return {
      tgid,
      seenAtUs: nowUs(),
      comm: stat?.comm ?? "",
      ppid: stat?.ppid,
      startTicks: stat?.startTicks,
      argv: argv?.length === 0 ? undefined : argv,
      // Those of v1 all say "/" once a process is ending.
      cgroups: stat === undefined || stat.exiting ? undefined : cgroups,
      uids: wantsUids ? proc.readUids(tgid) : undefined,
    };
  });
}
