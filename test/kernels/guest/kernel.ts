/**
 * Looks at the kernel beside the exporter: raw datagrams, and a count of all exit events. The offsets in a datagram
 * are written here. Source: include/uapi/linux/taskstats.h.
 */

import { resolveFamily } from "../../../src/netlink/family.ts";
import { openSocket } from "../../../src/netlink/libc.ts";
import type { NetlinkSocket } from "../../../src/netlink/socket.ts";
import {
  TASKSTATS_CMD_ATTR_PID,
  TASKSTATS_CMD_ATTR_REGISTER_CPUMASK,
  TASKSTATS_CMD_ATTR_TGID,
  TASKSTATS_GENL_NAME,
} from "../../../src/taskstats/constants.ts";
import { createQueryBatch, encodeCpumask, queryBytes } from "../../../src/taskstats/encode.ts";

/** Where the first struct begins, after the headers of message, family, aggregate, id and struct; and its length field. */
const structAt = 36;
const structLengthAt = 32;
const structHeaderBytes = 4;
/** Offset in the struct, in all versions but 15. */
const nvcswAt = 272;
const cpuWaitAt = 24;
const blkioAt = 40;
const runAt = 72;
const commAt = 80;
const commBytes = 16;
const ageAt = 144;

const NLMSG_ERROR = 2;
const typeAt = 4;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Reads version and size of a datagram's first struct. */
export function readStructHead(datagram: Uint8Array): { readonly version: number; readonly bytes: number } {
  const view = viewOf(datagram);
  return {
    version: view.getUint16(structAt, true),
    bytes: view.getUint16(structLengthAt, true) - structHeaderBytes,
  };
}

/** Voluntary context switches of the first struct. */
export function readNvcsw(datagram: Uint8Array): number {
  return Number(viewOf(datagram).getBigUint64(structAt + nvcswAt, true));
}

/** The last record of a thread. */
export interface End {
  readonly comm: string;
  readonly runNs: number;
  /** How long the thread waited for a CPU, and for block I/O. */
  readonly cpuWaitNs: number;
  readonly blkioNs: number;
  readonly ageUs: number;
}

/** Reads the thread's last record from an exit event. */
export function readEnd(event: Uint8Array): End {
  const view = viewOf(event);
  const counter = (at: number): number => Number(view.getBigUint64(structAt + at, true));
  const comm = new TextDecoder().decode(event.subarray(structAt + commAt, structAt + commAt + commBytes));
  return {
    comm: comm.replace(/\0.*/s, ""),
    runNs: counter(runAt),
    cpuWaitNs: counter(cpuWaitAt),
    blkioNs: counter(blkioAt),
    ageUs: counter(ageAt),
  };
}

/** Receives all queued datagrams, as copies. */
function takeAll(socket: NetlinkSocket): Uint8Array[] {
  const taken: Uint8Array[] = [];
  for (let received = socket.receive(); received > 0; received = socket.receive()) {
    for (let slot = 0; slot < received; slot++) {
      const at = socket.arena.byteOffset + slot * socket.slotBytes;
      taken.push(new Uint8Array(socket.arena.buffer.slice(at, at + (socket.lengths[slot] ?? 0)) as ArrayBuffer));
    }
  }
  return taken;
}

export interface KernelEyes {
  /** The reply to one query. @throws Error where the kernel refuses it */
  ask(kind: "pid" | "tgid", id: number): Uint8Array;
  /** Counts the exit events since the socket was opened. */
  countEvents(): number;
  /** Exit events that arrived since the last call of this or of `countEvents`. */
  takeEvents(): Uint8Array[];
  /** Exit events that did not fit into this program's own, large buffer. */
  countLost(): number;
  close(): void;
}

/** Opens sockets for queries and for the exit events of all CPUs. */
export async function openKernelEyes(cpulist: string): Promise<KernelEyes> {
  const familyId = await resolveFamily(TASKSTATS_GENL_NAME);
  const queries = openSocket({ receiveBufferBytes: 2 ** 20, slots: 4 });
  const events = openSocket({ receiveBufferBytes: 64 * 2 ** 20, slots: 256 });
  const registration = { familyId, seq: 1, attribute: TASKSTATS_CMD_ATTR_REGISTER_CPUMASK, cpulist };
  const request = encodeCpumask(registration);
  events.send(request, request.length);
  takeAll(events);
  let counted = 0;

  function takeEvents(): Uint8Array[] {
    const taken = takeAll(events);
    counted += taken.length;
    return taken;
  }

  return {
    ask(kind, id) {
      const batch = createQueryBatch(familyId, 1);
      batch.write(0, { seq: 1, attribute: kind === "pid" ? TASKSTATS_CMD_ATTR_PID : TASKSTATS_CMD_ATTR_TGID, id });
      queries.send(batch.bytes, queryBytes);
      const [reply] = takeAll(queries);
      if (reply === undefined || viewOf(reply).getUint16(typeAt, true) === NLMSG_ERROR) {
        throw new Error(`query of ${kind} ${id}: want a reply, got ${reply === undefined ? "none" : "an error"}`);
      }
      return reply;
    },
    countEvents() {
      takeEvents();
      return counted;
    },
    takeEvents,
    countLost: () => events.readDrops(),
    close() {
      queries.close();
      events.close();
    },
  };
}
