/**
 * Finds out why the kernel does not answer. Each reason has an error code of its own, which says what to do.
 * Source: kernel/taskstats.c.
 */

import { getSystemErrorName } from "node:util";
import { ExporterError, type ErrorCode } from "../base/errors.ts";
import { EINVAL } from "../netlink/constants.ts";
import { parseStatusLine } from "../procfs/parse.ts";
import type { ProcReader } from "../procfs/read.ts";
import type { EventClient } from "../taskstats/client.ts";

/** Bit of CAP_NET_ADMIN in a capability mask. Source: include/uapi/linux/capability.h. */
const CAP_NET_ADMIN = 12n;

/** The text of /proc/self/uid_map in the initial user namespace. */
const initialUidMap = /^\s*0\s+0\s+4294967295\s*$/;

/** @throws ExporterError PROC_UNREADABLE, PROC_NAMESPACE where the ids in this /proc are not those that the kernel answers to */
export function checkProc(proc: ProcReader, pid: number): void {
  const self = proc.readSelf();
  if (self === pid) return;
  if (self === undefined && proc.readText("stat") === undefined) {
    throw new ExporterError("PROC_UNREADABLE", { where: proc.root, want: "a mounted proc file system", got: "none" });
  }
  const got = self === undefined ? "no entry for this process" : `id ${self}`;
  throw new ExporterError("PROC_NAMESPACE", { where: `${proc.root}/self`, want: `id ${pid}`, got });
}

/** Why a query was refused with EPERM: the capability is missing, or it is held in another user namespace than the initial one. */
export function diagnoseRefusal(proc: ProcReader): ErrorCode {
  const [mask = ""] = parseStatusLine(proc.readText("self/status") ?? "", "CapEff") ?? [];
  const held = /^[0-9a-f]+$/.test(mask) && ((BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n) === 1n;
  const uidMap = proc.readText("self/uid_map");
  return held || (uidMap !== undefined && !initialUidMap.test(uidMap)) ? "USER_NAMESPACE" : "CAPABILITY_MISSING";
}

export interface ExitCheck {
  readonly client: EventClient;
  /** All possible CPUs in the kernel's list form. */
  readonly cpulist: string;
  /** Starts a thread of this process, and resolves when it has exited and the kernel has sent its exit event. */
  readonly causeThreadExit: () => Promise<void>;
}

/**
 * Registers for exit events, lets a thread of this process exit, and looks for an event. Outside the initial network namespace the
 * kernel accepts the registration and sends nothing.
 *
 * @returns why exit events will not arrive; undefined where they do
 */
export async function checkExits({ client, cpulist, causeThreadExit }: ExitCheck): Promise<ExporterError | undefined> {
  const errno = client.register(cpulist);
  if (errno !== 0) {
    const code = errno === EINVAL ? "PID_NAMESPACE" : "REGISTER_REFUSED";
    const got = getSystemErrorName(-errno);
    return new ExporterError(code, { where: `register for exit events of CPUs ${cpulist}`, want: "0", got });
  }
  await causeThreadExit();
  // The kernel queues the event before the exit of the thread can be noticed, so there is nothing to wait for.
  if (sawEvent(client)) return undefined;
  const want = "the event of a thread that was ended for this";
  return new ExporterError("NETWORK_NAMESPACE", { where: "self-test of exit events", want, got: "none" });
}

/** The most receives: under a storm of exits the listener takes the rest. */
const mostLooks = 1024;

/**
 * True where any event came or was dropped. On a busy machine with a small buffer the event of the thread itself may be dropped, but
 * in another network namespace nothing is ever sent to this socket.
 */
function sawEvent(client: EventClient): boolean {
  let events = 0;
  const look = (): number =>
    client.receive(({ thread }) => {
      if (thread.present) events++;
    });
  for (let looks = 0; looks < mostLooks && look() > 0; looks++);
  return events > 0 || client.readDrops() > 0;
}
