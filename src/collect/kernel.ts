/** What this kernel is able to tell, found out from the exporter's own record. */

import { getSystemErrorName } from "node:util";
import { ExporterError } from "../base/errors.ts";
import { EPERM } from "../netlink/constants.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { QueryClient } from "../taskstats/client.ts";
import type { Evidence } from "./availability.ts";
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
): { readonly kernel: Kernel; readonly evidence: Evidence } {
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
