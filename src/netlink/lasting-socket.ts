/** A netlink socket that can be opened again, while its users keep the same object. Needed where its descriptor was lost. */

import { ExporterError } from "../base/errors.ts";
import type { NetlinkSocket } from "./socket.ts";

export interface LastingSocket extends NetlinkSocket {
  /** Closes the socket and opens a new one. The new one's count of drops begins at 0. @throws ExporterError SOCKET_FAILED */
  reopen(): void;
}

/** Whether a call failed because the descriptor is not this socket any more. Then only `reopen` helps, not another try. */
export function isDescriptorLost(error: unknown): boolean {
  return error instanceof ExporterError && error.code === "SOCKET_FAILED" && error.details.got === "EBADF";
}

/** @param open opens a socket: once now, and once at each `reopen`. Its errors are thrown to the caller */
export function createLastingSocket(open: () => NetlinkSocket): LastingSocket {
  let socket = open();
  return {
    get arena() {
      return socket.arena;
    },
    get slotBytes() {
      return socket.slotBytes;
    },
    get lengths() {
      return socket.lengths;
    },
    get receiveBufferBytes() {
      return socket.receiveBufferBytes;
    },
    send: (bytes, length) => socket.send(bytes, length),
    receive: () => socket.receive(),
    waitReadable: (timeoutMs) => socket.waitReadable(timeoutMs),
    waitBlocking: (timeoutMs) => socket.waitBlocking(timeoutMs),
    readDrops: () => socket.readDrops(),
    reopen() {
      socket.close();
      socket = open();
    },
    close: () => socket.close(),
  };
}
