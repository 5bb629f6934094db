/** Finds out what this kernel reports, from the exporter's own record. */

import { getSystemErrorName } from "node:util";
import { ExporterError } from "../base/errors.ts";
import { slotOf } from "../fields/fields.ts";
import { EPERM } from "../netlink/constants.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { QueryClient } from "../taskstats/client.ts";
import type { AvailabilityInputs } from "./availability.ts";
import { diagnoseRefusal } from "./health.ts";

/** The kernel and its struct taskstats. */
export interface Kernel {
  readonly release: string;
  readonly structVersion: number;
  readonly structBytes: number;
}

/**
 * Asks for this process's own figures.
 *
 * @throws ExporterError CAPABILITY_MISSING, USER_NAMESPACE, QUERY_REFUSED, SOCKET_FAILED
 */
export function examineKernel(
  client: QueryClient,
  proc: ProcReader,
  pid: number,
): { readonly kernel: Kernel; readonly evidence: AvailabilityInputs } {
  let errno: number | undefined;
  let found: ReturnType<typeof examineKernel> | undefined;
  client.query("pid", [pid], (_index, reception) => {
    errno = reception.errno;
    if (errno !== undefined) return;
    const { version, bytes, values } = reception.thread;
    const release = (proc.readText("sys/kernel/osrelease") ?? "unknown").trim();
    const ioAccounting = proc.readText("self/io") !== undefined;
    found = {
      kernel: { release, structVersion: version, structBytes: bytes },
      evidence: { record: values.slice(), ioAccounting },
    };
  });
  if (found !== undefined) return found;
  throw new ExporterError(errno === EPERM ? diagnoseRefusal(proc) : "QUERY_REFUSED", {
    where: "taskstats query of this process",
    want: "figures",
    got: errno === undefined ? "no answer" : getSystemErrorName(-errno),
  });
}

const nvcsw = slotOf("nvcsw");

/**
 * Whether the sums of a process keep the context switches of its exited threads. Linux 5.10 and 6.1 drop them, and the fix was
 * backported to some releases between. Call it after a thread of this process exited.
 *
 * The sums are read before the live threads. Figures of live threads can only grow meanwhile, so the sums are larger only if they
 * hold an exited thread.
 *
 * @throws ExporterError PROC_UNREADABLE
 */
export function keepsDeadThreads(client: QueryClient, proc: ProcReader, pid: number): boolean {
  let sums = NaN;
  client.query("tgid", [pid], (_index, { errno, process }) => {
    if (errno === undefined) sums = process.values[nvcsw] as number;
  });
  const tids = proc.listThreads(pid);
  if (tids === undefined) {
    const where = `${proc.root}/${pid}/task`;
    throw new ExporterError("PROC_UNREADABLE", { where, want: "threads of this process", got: "none" });
  }
  let live = 0;
  client.query("pid", tids, (_index, { errno, thread }) => {
    if (errno === undefined) live += thread.values[nvcsw] as number;
  });
  return sums > live;
}
