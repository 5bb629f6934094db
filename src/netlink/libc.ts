/**
 * Calls C (libc): netlink sockets, a thread's priority, and leaving the process at once. It moves datagrams and looks into none of
 * them. Only two more files call C: `systemd/datagram.ts` and `privileges/system.ts`.
 * Sources: socket(2), netlink(7), recvmmsg(2), include/uapi/linux/netlink.h, include/uapi/linux/filter.h.
 */

import { endianness } from "node:os";
import { getSystemErrorName } from "node:util";
import koffi from "koffi";
import { littleEndian, readUint32 } from "../base/byte-order.ts";
import { ExporterError } from "../base/errors.ts";
import { encodeProgram, type Instruction } from "./bpf.ts";
import * as c from "./constants.ts";
import type { NetlinkSocket, SocketOptions } from "./socket.ts";

// include/uapi/linux/sched.h
const SCHED_FIFO = 1;
const SCHED_RESET_ON_FORK = 0x4000_0000;

// include/uapi/linux/time.h
const CLOCK_MONOTONIC_COARSE = 6;

const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
/** Makes recvmmsg report the whole length of a datagram that it cut short. */
const MSG_TRUNC = 0x20;
// include/uapi/asm-generic/poll.h
const POLLIN = 1;
const POLLERR = 8;
const POLLHUP = 16;

/** sizeof(struct sockaddr_nl) */
const SOCKADDR_NL_BYTES = 12;
/** sizeof(struct mmsghdr), and the offsets of msg_iov, msg_iovlen and msg_len in it, on 64-bit machines. */
const MMSGHDR = { bytes: 64, iov: 16, iovlen: 24, length: 56 } as const;
/** sizeof(struct iovec) on 64-bit machines. */
const IOVEC_BYTES = 16;

/** sizeof(struct sock_fprog), and the offset of its pointer, on 64-bit machines. */
const SOCK_FPROG = { bytes: 16, filter: 8 } as const;

/** Room for one datagram: a page. An exit event with two structs of v17 has 1,412 bytes, so structs may grow to twice that. */
const slotBytes = 4096;

function loadLibc() {
  const lib = koffi.load(null);
  return {
    socket: lib.func("int socket(int domain, int type, int protocol)"),
    bind: lib.func("int bind(int fd, void *address, uint32_t length)"),
    close: lib.func("int close(int fd)"),
    send: lib.func("int64_t send(int fd, void *bytes, size_t length, int flags)"),
    recvmmsg: lib.func("int recvmmsg(int fd, void *headers, unsigned int count, int flags, void *timeout)"),
    setsockopt: lib.func("int setsockopt(int fd, int level, int name, void *value, uint32_t length)"),
    getsockopt: lib.func("int getsockopt(int fd, int level, int name, void *value, void *length)"),
    poll: lib.func("int poll(void *fds, unsigned long count, int timeout)"),
    _exit: lib.func("void _exit(int status)"),
    ppoll: lib.func("int ppoll(void *fds, unsigned long count, void *timeout, void *mask)"),
    clock_getres: lib.func("int clock_getres(int clock, void *resolution)"),
    sched_setscheduler: lib.func("int sched_setscheduler(int pid, int policy, void *param)"),
  };
}

let loaded: ReturnType<typeof loadLibc> | undefined;

function libc(): ReturnType<typeof loadLibc> {
  return (loaded ??= loadLibc());
}

/** Makes an error of the errno that the last call has set. */
function fail(operation: string, want: string): ExporterError {
  const errno = koffi.errno();
  const got = errno === 0 ? "no error" : getSystemErrorName(-errno);
  return new ExporterError("SOCKET_FAILED", { where: operation, want, got });
}

function setOption(fd: number, level: number, name: number, value: number): boolean {
  return Number(libc().setsockopt(fd, level, name, new Int32Array([value]), 4)) === 0;
}

/** Room for getsockopt's answers. It is reused, since the options are read with each batch of datagrams. */
const answer = {
  meminfo: new Uint32Array(c.SK_MEMINFO_VARS),
  cookie: new BigUint64Array(1),
  length: new Uint32Array(1),
} as const;

function getOption(fd: number, name: number, into: Uint32Array | BigUint64Array): boolean {
  answer.length[0] = into.byteLength;
  return libc().getsockopt(fd, c.SOL_SOCKET, name, into, answer.length) === 0;
}

/** Reads a value of SO_MEMINFO, such as the size of the receive buffer and the count of drops. @param index SK_MEMINFO_... */
function readMeminfo(fd: number, index: number): number {
  if (!getOption(fd, c.SO_MEMINFO, answer.meminfo)) throw fail("getsockopt(SO_MEMINFO)", "the socket's counters");
  return answer.meminfo[index] ?? 0;
}

/** Reads the socket's cookie, which no other socket has (sock_gen_cookie()); 0 where the descriptor is no socket. */
function readCookie(fd: number): bigint {
  return getOption(fd, c.SO_COOKIE, answer.cookie) ? (answer.cookie[0] ?? 0n) : 0n;
}

/** Sets the socket's filter. The kernel copies the program, so its memory may be freed afterwards. */
function attachFilter(fd: number, filter: readonly Instruction[]): void {
  const program = encodeProgram(filter);
  const fprog = new DataView(new ArrayBuffer(SOCK_FPROG.bytes));
  fprog.setUint16(0, filter.length, littleEndian);
  fprog.setBigUint64(SOCK_FPROG.filter, koffi.address(program), littleEndian);
  const value = new Uint8Array(fprog.buffer);
  if (libc().setsockopt(fd, c.SOL_SOCKET, c.SO_ATTACH_FILTER, value, SOCK_FPROG.bytes) !== 0) {
    throw fail("setsockopt(SO_ATTACH_FILTER)", "a filter taken");
  }
}

/** Binds the socket to an address that the kernel chooses. @param group number of the multicast group to join; 0 for none */
function bindSocket(fd: number, group: number): void {
  const address = new DataView(new ArrayBuffer(SOCKADDR_NL_BYTES));
  address.setUint16(0, c.AF_NETLINK, littleEndian);
  address.setUint32(8, group === 0 ? 0 : 2 ** (group - 1), littleEndian);
  if (libc().bind(fd, new Uint8Array(address.buffer), SOCKADDR_NL_BYTES) !== 0) {
    throw fail("bind(AF_NETLINK)", "a port id");
  }
}

function setBuffer(fd: number, receiveBufferBytes: number): void {
  const forced = setOption(fd, c.SOL_SOCKET, c.SO_RCVBUFFORCE, receiveBufferBytes);
  if (!forced) setOption(fd, c.SOL_SOCKET, c.SO_RCVBUF, receiveBufferBytes);
  // Without this option the kernel drops every datagram after an overrun, until the queue has been read empty.
  setOption(fd, c.SOL_NETLINK, c.NETLINK_NO_ENOBUFS, 1);
}

const protocols = { generic: c.NETLINK_GENERIC, connector: c.NETLINK_CONNECTOR } as const;

function openBound({ receiveBufferBytes, protocol = "generic", group = 0, filter }: SocketOptions): number {
  const fd = Number(libc().socket(c.AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocols[protocol]));
  if (fd < 0) throw fail(`socket(AF_NETLINK, ${protocol})`, "a socket");
  try {
    setBuffer(fd, receiveBufferBytes);
    // The filter is set before the group is joined. Otherwise datagrams that it should drop could be queued in between.
    if (filter !== undefined) attachFilter(fd, filter);
    bindSocket(fd, group);
  } catch (error) {
    libc().close(fd);
    throw error;
  }
  return fd;
}

/**
 * Gives the calling thread the lowest real-time priority, so that it runs before all ordinary threads as soon as it has work. Only
 * for threads that mostly wait. Source: sched(7).
 *
 * @returns false where CAP_SYS_NICE is missing
 */
export function runFirst(): boolean {
  const lowestPriority = new Int32Array([1]);
  return Number(libc().sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, lowestPriority)) === 0;
}

/**
 * Reads the time between two timer ticks in nanoseconds (TICK_NSEC, 1/HZ). It is the resolution of the coarse clocks, so no file
 * with the kernel's configuration is needed.
 */
export function readTickNs(): number {
  const resolution = new BigInt64Array(2);
  if (Number(libc().clock_getres(CLOCK_MONOTONIC_COARSE, resolution)) !== 0) {
    throw fail("clock_getres(CLOCK_MONOTONIC_COARSE)", "the time between two ticks");
  }
  return Number(resolution[0]) * 1e9 + Number(resolution[1]);
}

/** Creates the headers for recvmmsg. Each has one iovec, which points at a slot of the arena. */
function createHeaders(arena: Uint8Array, slots: number): { headers: DataView; keep: readonly Uint8Array[] } {
  const headers = new Uint8Array(slots * MMSGHDR.bytes);
  const iovecs = new Uint8Array(slots * IOVEC_BYTES);
  const headersView = new DataView(headers.buffer);
  const iovecsView = new DataView(iovecs.buffer);
  const arenaAddress = koffi.address(arena);
  const iovecsAddress = koffi.address(iovecs);
  for (let slot = 0; slot < slots; slot++) {
    iovecsView.setBigUint64(slot * IOVEC_BYTES, arenaAddress + BigInt(slot * slotBytes), littleEndian);
    iovecsView.setBigUint64(slot * IOVEC_BYTES + 8, BigInt(slotBytes), littleEndian);
    headersView.setBigUint64(
      slot * MMSGHDR.bytes + MMSGHDR.iov,
      iovecsAddress + BigInt(slot * IOVEC_BYTES),
      littleEndian,
    );
    headersView.setBigUint64(slot * MMSGHDR.bytes + MMSGHDR.iovlen, 1n, littleEndian);
  }
  return { headers: headersView, keep: [headers, iovecs] };
}

/** Encodes a struct pollfd. @param events what to ask for: whether the socket is readable, where left out */
function createPollRequest(fd: number, events = POLLIN): Uint8Array {
  const request = new DataView(new ArrayBuffer(8));
  request.setInt32(0, fd, littleEndian);
  request.setInt16(4, events, littleEndian);
  return new Uint8Array(request.buffer);
}

/** Pause in milliseconds before a socket is read without a wait, where the system refuses poll(2), as a seccomp filter may. */
const refusedWaitMs = { loop: 50, thread: 5 } as const;

/**
 * Waits on a thread of libuv's pool, so that the event loop goes on. Where the system refuses poll(2), the result is true after a
 * pause: the caller then finds out by reading.
 */
function waitReadable(fd: number, timeoutMs: number): Promise<boolean> {
  const bytes = createPollRequest(fd);
  return new Promise((resolve) => {
    libc().poll.async(bytes, 1, timeoutMs, (_error: unknown, ready: number) => {
      if (ready >= 0) resolve(ready > 0);
      else setTimeout(resolve, Math.min(timeoutMs, refusedWaitMs.loop), true);
    });
  });
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Blocks the calling thread for the whole time, since nothing notifies `sleeper`. */
const sleep = (ms: number): void => void Atomics.wait(sleeper, 0, 0, ms);

/**
 * Opens a netlink socket.
 *
 * @throws ExporterError SOCKET_FAILED, and PLATFORM on a 32-bit machine
 */
export function openSocket(options: SocketOptions): NetlinkSocket {
  checkPlatform();
  const { slots } = options;
  let fd = options.descriptor ?? openBound(options);
  const arena = new Uint8Array(slots * slotBytes);
  const { headers, keep } = createHeaders(arena, slots);
  const headerBytes = new Uint8Array(headers.buffer);
  const lengths = new Uint32Array(slots);
  const { send, recvmmsg, ppoll } = libc();
  const waitRequest = createPollRequest(fd);
  /** A struct timespec, on 64-bit machines. */
  const waitTime = new BigInt64Array(2);
  let open = true;
  let waiting: Promise<boolean> | undefined;
  const cookie = readCookie(fd);

  /**
   * Throws where the descriptor is not this socket any more. If other code in this process closed it, its number may belong to
   * another file by now, such as a client's connection, which must not be read, written or closed. The check takes 0.1 microseconds.
   */
  function checkDescriptor(operation: string): void {
    if (readCookie(fd) === cookie) return;
    fd = -1;
    throw new ExporterError("SOCKET_FAILED", { where: operation, want: "the socket that was opened", got: "EBADF" });
  }

  return {
    arena: new DataView(arena.buffer),
    slotBytes,
    lengths,
    receiveBufferBytes: readMeminfo(fd, c.SK_MEMINFO_RCVBUF),
    send(bytes, length) {
      checkDescriptor("send(netlink)");
      if (Number(send(fd, bytes, length, 0)) !== length) throw fail("send(netlink)", `${length} bytes taken`);
    },
    receive() {
      // This use of `keep` holds a reference to the iovecs: the garbage collector must not free memory that the kernel writes to.
      if (keep.length === 0) return 0;
      checkDescriptor("recvmmsg(netlink)");
      const count = Number(recvmmsg(fd, headerBytes, slots, MSG_DONTWAIT | MSG_TRUNC, null));
      if (count < 0) {
        if (koffi.errno() === c.EAGAIN || koffi.errno() === c.EINTR) return 0;
        throw fail("recvmmsg(netlink)", "datagrams");
      }
      for (let slot = 0; slot < count; slot++) {
        lengths[slot] = readUint32(headers, slot * MMSGHDR.bytes + MMSGHDR.length);
      }
      return count;
    },
    async waitReadable(timeoutMs) {
      waiting = waitReadable(fd, timeoutMs);
      return (await waiting) && open;
    },
    waitBlocking(timeoutMs) {
      waitTime[0] = BigInt(Math.floor(timeoutMs / 1000));
      waitTime[1] = BigInt(Math.round((timeoutMs % 1000) * 1e6));
      const ready = Number(ppoll(waitRequest, 1, waitTime, null));
      if (ready < 0) sleep(Math.min(timeoutMs, refusedWaitMs.thread));
      return ready !== 0;
    },
    readDrops: () => readMeminfo(fd, c.SK_MEMINFO_DROPS),
    get descriptor() {
      return fd;
    },
    close() {
      if (!open) return;
      open = false;
      // Closed only when no thread polls the descriptor any more. Else its number could be given to another file during the poll.
      void (waiting ?? Promise.resolve()).then(() => {
        if (readCookie(fd) === cookie) libc().close(fd);
        fd = -1;
      });
    },
  };
}

/**
 * Whether the other side of a pipe, socket or terminal has gone, so that nobody will ever read what is written. False where the system
 * refuses poll(2): a write then finds out.
 */
export function isHungUp(fd: number): boolean {
  const request = createPollRequest(fd, 0);
  if (Number(libc().poll(request, 1, 0)) <= 0) return false;
  return (new DataView(request.buffer).getInt16(6, littleEndian) & (POLLERR | POLLHUP)) !== 0;
}

/**
 * Leaves this process at once. Node's own exit waits until each thread of its pool has finished its call, so a file system or
 * name service that hangs would delay it.
 */
export function exitAtOnce(status: number): never {
  libc()._exit(status);
  throw new Error("_exit returned");
}

function checkPlatform(): void {
  if (process.platform === "linux" && koffi.sizeof("void *") === 8) return;
  const got = `${process.platform} ${process.arch} ${endianness()}`;
  throw new ExporterError("PLATFORM", { where: "start", want: "64-bit Linux", got });
}
