/** A socket of the fake kernel: a bounded queue, from which `receive` fills the arena as recvmmsg(2) does. */

import { ExporterError } from "../../src/base/errors.ts";
import type { NetlinkSocket, SocketOptions } from "../../src/netlink/socket.ts";

/** What arrives at a socket. */
export interface Datagram {
  readonly bytes: Uint8Array;
  /** Bytes of the receive buffer that the datagram takes, the kernel's own structures included. */
  readonly cost: number;
  /** What the drop counter grows by where the datagram does not fit. */
  readonly drops: number;
}

export interface FakeSocket extends NetlinkSocket {
  readonly portId: number;
  readonly closed: boolean;
  /** Number of datagrams that wait to be received. */
  readonly queued: number;
  /** Puts a datagram into the queue, or counts it as dropped. */
  deliver(datagram: Datagram): void;
  /** Counts a datagram that is lost on its way to the socket. */
  drop(count: number): void;
  /** Makes the next `receive` fail with this error. */
  failNext(errno: string): void;
  /** Ends the waits whose time is over at this moment of virtual time. */
  expire(nowUs: number): void;
}

export interface FakeSocketOptions extends SocketOptions {
  readonly portId: number;
  readonly nowUs: () => number;
  /** Handles what is sent. */
  readonly onSend: (bytes: Uint8Array) => void;
  readonly onClose: () => void;
}

interface Waiter {
  readonly deadlineUs: number;
  readonly resolve: (ready: boolean) => void;
}

/** One page, as in src/netlink/libc.ts. */
const slotBytes = 4096;

function badDescriptor(call: string): ExporterError {
  return new ExporterError("SOCKET_FAILED", { where: `${call}(netlink)`, want: "an open socket", got: "EBADF" });
}

export function createFakeSocket(options: FakeSocketOptions): FakeSocket {
  const { portId, slots, receiveBufferBytes, nowUs, onSend, onClose } = options;
  const arena = new Uint8Array(slots * slotBytes);
  const lengths = new Uint32Array(slots);
  const queue: Datagram[] = [];
  let waiters: Waiter[] = [];
  let used = 0;
  let drops = 0;
  let closed = false;
  let nextErrno: string | undefined;

  function wake(ready: boolean, whom: (waiter: Waiter) => boolean): void {
    const woken = waiters.filter(whom);
    waiters = waiters.filter((waiter) => !woken.includes(waiter));
    for (const { resolve } of woken) resolve(ready);
  }

  function take(slot: number, { bytes, cost }: Datagram): void {
    // Bytes of the datagram before stay behind this one, as in a real arena: a decoder that reads them has a defect.
    arena.set(bytes.subarray(0, slotBytes), slot * slotBytes);
    lengths[slot] = bytes.length;
    used -= cost;
  }

  return {
    arena: new DataView(arena.buffer),
    slotBytes,
    lengths,
    receiveBufferBytes,
    portId,
    get closed() {
      return closed;
    },
    get queued() {
      return queue.length;
    },
    send(bytes, length) {
      if (closed) throw badDescriptor("send");
      onSend(bytes.slice(0, length));
    },
    receive() {
      if (closed) throw badDescriptor("recvmmsg");
      if (nextErrno !== undefined) {
        const got = nextErrno;
        nextErrno = undefined;
        throw new ExporterError("SOCKET_FAILED", { where: "recvmmsg(netlink)", want: "datagrams", got });
      }
      const taken = queue.splice(0, slots);
      taken.forEach((datagram, slot) => take(slot, datagram));
      return taken.length;
    },
    waitReadable(timeoutMs) {
      if (closed) return Promise.resolve(false);
      if (queue.length > 0) return Promise.resolve(true);
      const wait = new Promise<boolean>((resolve) => waiters.push({ deadlineUs: nowUs() + timeoutMs * 1000, resolve }));
      // A datagram that comes while the socket is being closed must not wake a reader.
      return wait.then((ready) => ready && !closed);
    },
    waitBlocking: () => queue.length > 0,
    readDrops: () => drops >>> 0,
    close() {
      if (closed) return;
      closed = true;
      onClose();
      wake(false, () => true);
    },
    deliver(datagram) {
      if (used + datagram.cost > receiveBufferBytes) {
        drops += datagram.drops;
        return;
      }
      used += datagram.cost;
      queue.push(datagram);
      wake(true, () => true);
    },
    failNext(errno) {
      nextErrno = errno;
    },
    drop(count) {
      drops += count;
    },
    expire(to) {
      wake(false, ({ deadlineUs }) => deadlineUs <= to);
    },
  };
}
