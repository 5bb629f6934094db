/**
 * Sends datagrams to a unix socket. Calls C (libc), since Node cannot send these. Never receives.
 * Sources: unix(7), sendto(2), struct sockaddr_un of include/uapi/linux/un.h.
 */

import koffi from "koffi";
import { littleEndian } from "../base/byte-order.ts";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;

/** sizeof(sun_path). A path ends with a NUL, which takes one of these bytes; an abstract name does not. */
const SUN_PATH_BYTES = 108;

function loadLibc() {
  const lib = koffi.load(null);
  return {
    socket: lib.func("int socket(int domain, int type, int protocol)"),
    sendto: lib.func(
      "int64_t sendto(int fd, void *bytes, size_t length, int flags, void *address, uint32_t addressLength)",
    ),
  };
}

/**
 * Encodes a `struct sockaddr_un`.
 *
 * @param address an absolute path, or `@NAME` for a socket in the abstract namespace
 * @returns undefined where the address is neither of these, or too long
 */
export function encodeUnixAddress(address: string): Uint8Array | undefined {
  const isAbstract = address.startsWith("@");
  if (!isAbstract && !address.startsWith("/")) return undefined;
  const name = new TextEncoder().encode(isAbstract ? `\0${address.slice(1)}` : `${address}\0`);
  if (name.length > SUN_PATH_BYTES) return undefined;
  const bytes = new Uint8Array(2 + name.length);
  new DataView(bytes.buffer).setUint16(0, AF_UNIX, littleEndian);
  bytes.set(name, 2);
  return bytes;
}

/**
 * Opens a socket for datagrams to one address.
 *
 * @returns a function that sends one datagram and never waits. It returns false where the datagram was not taken, because the
 *   receiver's queue is full or there is no receiver. Undefined where the address is not valid
 */
export function openDatagramSender(address: string): ((text: string) => boolean) | undefined {
  const to = encodeUnixAddress(address);
  if (to === undefined) return undefined;
  const { socket, sendto } = loadLibc();
  const fd = Number(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  return (text) => {
    const bytes = new TextEncoder().encode(text);
    return Number(sendto(fd, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, to, to.length)) === bytes.length;
  };
}
