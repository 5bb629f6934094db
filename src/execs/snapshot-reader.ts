/** Takes snapshots of processes, before they exit and /proc tells nothing about them any more. */

import type { FactName } from "../classify/process-facts.ts";
import type { ReadCmdline } from "../procfs/cmdline.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { ProcessSnapshot } from "./exec-watcher.ts";

export interface ReadOptions {
  /** The facts to read. */
  readonly facts: ReadonlySet<FactName>;
  /** The monotonic clock of the exporter. */
  readonly nowUs: () => number;
}

/** A reader with command lines. Their read may block, so that only a thread of its own may use it. */
export type ExecProcReader = ProcReader & { readonly readCmdline: ReadCmdline };

export function readSnapshots(proc: ExecProcReader, tgids: readonly number[], options: ReadOptions): ProcessSnapshot[] {
  const { facts, nowUs } = options;
  const wantsUids = facts.has("user") || facts.has("effectiveUser");
  // An exiting process loses its arguments first, with its memory. So they are read first, for all processes.
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
      // With cgroup v1, all paths of an exiting process are "/".
      cgroups: stat === undefined || stat.exiting ? undefined : cgroups,
      uids: wantsUids ? proc.readUids(tgid) : undefined,
    };
  });
}
