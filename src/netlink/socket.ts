/** A netlink socket as the layers above see it: datagrams in an arena. libc.ts has the real one, tests a fake kernel. */

import type { Instruction } from "./bpf.ts";

export interface NetlinkSocket {
  /** The memory that `receive` fills. Datagram `i` begins at `i * slotBytes`; contents last until the next `receive`. */
  readonly arena: DataView;
  readonly slotBytes: number;
  /** Length of each datagram of the last `receive`. More than `slotBytes`: it was cut short by the arena. */
  readonly lengths: Uint32Array;
  /** Effective size of the receive buffer in bytes, twice what was asked for. */
  readonly receiveBufferBytes: number;
  /** Sends the first `length` bytes as one datagram. @throws ExporterError SOCKET_FAILED */
  send(bytes: Uint8Array, length: number): void;
  /** Takes what is queued, at most one arena full, without waiting. @returns the number of datagrams. @throws ExporterError SOCKET_FAILED */
  receive(): number;
  /** Waits off the event loop. @returns false where nothing came within the time, or the socket was closed */
  waitReadable(timeoutMs: number): Promise<boolean>;
  /** As `waitReadable`, but blocks this thread: not for the one that serves. Parts of a millisecond count. */
  waitBlocking(timeoutMs: number): boolean;
  /** Datagrams that the kernel could not queue since the socket was opened, a 32-bit counter. @throws ExporterError SOCKET_FAILED */
  readDrops(): number;
  /** For another thread of this program, which may go on with it; only the kernel's has one. */
  readonly descriptor?: number;
  close(): void;
}

export interface SocketOptions {
  /** Size asked for; past rmem_max it needs CAP_NET_ADMIN, without which the kernel's limit applies. */
  readonly receiveBufferBytes: number;
  /** Datagrams that one `receive` takes at most. */
  readonly slots: number;
  /** Whom it talks to: generic netlink's families where left out, or the connector's. */
  readonly protocol?: "generic" | "connector";
  /** Multicast group to listen to, 1 to 32. */
  readonly group?: number;
  /** Run by the kernel on each datagram before it is queued: what it drops costs no buffer and is not counted as dropped. */
  readonly filter?: readonly Instruction[];
  /** A socket that is open already, and as it should be: it is gone on with. */
  readonly descriptor?: number;
}

/** What the exporter needs of the kernel: generic netlink's control, and sockets. */
export interface Netlink {
  /** @returns the id of the family TASKSTATS. @throws ExporterError FAMILY_MISSING, SOCKET_FAILED */
  resolveFamily(): Promise<number>;
  /** @throws ExporterError SOCKET_FAILED, PLATFORM */
  open(options: SocketOptions): NetlinkSocket;
}
