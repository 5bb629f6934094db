/** A netlink socket that can be opened anew in its own place, where its descriptor was closed under this program. */

import { ExporterError } from "../base/errors.ts";
import type { NetlinkSocket } from "./socket.ts";

export interface LastingSocket extends NetlinkSocket {
  /** Closes the socket and opens another one, whose counters begin at 0. @throws ExporterError SOCKET_FAILED */
  reopen(): void;
}

/** True where a call failed because the descriptor is no socket any more: trying again does not help. */
export function isDescriptorLost(error: unknown): boolean {
  return error instanceof ExporterError && error.code === "SOCKET_FAILED" && error.details.got === "EBADF";
}

/** @throws ExporterError as `open` */
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
