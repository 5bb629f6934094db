/** The interface of a netlink socket, which receives datagrams into an arena. libc.ts implements it; tests use the fake kernel's. */

import type { Instruction } from "./bpf.ts";

export interface NetlinkSocket {
  /** The memory that `receive` fills. Datagram `i` begins at `i * slotBytes`. The next `receive` overwrites all of them. */
  readonly arena: DataView;
  readonly slotBytes: number;
  /** Length of each datagram of the last `receive`. A datagram longer than `slotBytes` was cut short in the arena. */
  readonly lengths: Uint32Array;
  /** Real size of the receive buffer in bytes: the kernel doubles what was asked for. */
  readonly receiveBufferBytes: number;
  /** Sends the first `length` bytes as one datagram. @throws ExporterError SOCKET_FAILED */
  send(bytes: Uint8Array, length: number): void;
  /** Takes queued datagrams, at most one arena full, and never waits. @returns their number. @throws ExporterError SOCKET_FAILED */
  receive(): number;
  /** Waits for a datagram without blocking the event loop. @returns false where none came in time, or the socket was closed */
  waitReadable(timeoutMs: number): Promise<boolean>;
  /** As `waitReadable`, but blocks the calling thread, which must not be the main one. Fractions of a millisecond count. */
  waitBlocking(timeoutMs: number): boolean;
  /** How many datagrams the kernel has dropped since the socket was opened, modulo 2^32. @throws ExporterError SOCKET_FAILED */
  readDrops(): number;
  /** The file descriptor, with which another thread of this program can use the socket. A fake socket has none. */
  readonly descriptor?: number;
  close(): void;
}

export interface SocketOptions {
  /** The size to ask for. More than net.core.rmem_max takes CAP_NET_ADMIN; without it, the size is that limit. */
  readonly receiveBufferBytes: number;
  /** How many datagrams one `receive` takes at most. */
  readonly slots: number;
  /** The netlink protocol; `generic` where left out. */
  readonly protocol?: "generic" | "connector";
  /** Number of the multicast group to join, 1 to 32; none where left out. */
  readonly group?: number;
  /** The kernel runs it on each datagram. A datagram that it drops takes no room in the buffer and is not in `readDrops`. */
  readonly filter?: readonly Instruction[];
  /** Use this open socket instead of opening one. It must have been opened with the same options. */
  readonly descriptor?: number;
}

/** The kernel as the exporter needs it: it resolves the family TASKSTATS, and opens sockets. */
export interface Netlink {
  /** @returns the id of the family TASKSTATS. @throws ExporterError FAMILY_MISSING, SOCKET_FAILED */
  resolveFamily(): Promise<number>;
  /** @throws ExporterError SOCKET_FAILED, PLATFORM */
  open(options: SocketOptions): NetlinkSocket;
}
