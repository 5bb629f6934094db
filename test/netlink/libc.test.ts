/** Sockets of the running kernel, compared with what /proc says of them. */

import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { endianness } from "node:os";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { resolveFamily } from "../../src/netlink/family.ts";
import { isHungUp, openSocket } from "../../src/netlink/libc.ts";
import type { NetlinkSocket, SocketOptions } from "../../src/netlink/socket.ts";
import { writeAttribute, writeMessage, concat } from "../support/message-writer.ts";
import { execFileSync, spawn } from "../support/processes.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const little = endianness() === "LE";
const attributes = { PID: 1, REGISTER: 3, DEREGISTER: 4 } as const;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLMSG_ERROR = 2;

/** Longer than any test, so that a wait does not end because its time is over. */
const longMs = 60_000;

let familyId = 0;

function request(flags: number, attribute: Uint8Array): Uint8Array {
  const genericHeader = new Uint8Array([1, 1, 0, 0]);
  return writeMessage({ type: familyId, flags: NLM_F_REQUEST | flags, seq: 7 }, concat([genericHeader, attribute]));
}

function query(tid: number, flags = 0): Uint8Array {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, tid, little);
  return request(flags, writeAttribute(attributes.PID, id));
}

/** Inodes of this process's open sockets. */
function openSockets(): Set<string> {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // the descriptor of this very listing
    }
  });
  return new Set(links.filter((link) => link.startsWith("socket:")));
}

/** The Drops column of /proc/net/netlink, for the generic netlink socket with this port id. */
function dropsColumn(portId: number): number {
  const rows = readFileSync("/proc/net/netlink", "utf8")
    .split("\n")
    .map((line) => line.trim().split(/\s+/));
  const [header = []] = rows;
  const row = rows.find((words) => words[1] === "16" && words[2] === String(portId));
  return Number(row?.[header.indexOf("Drops")]);
}

describe("the other side of a descriptor", () => {
  test("of a pipe has gone when its reader has closed it, and not before", async () => {
    const child = spawn("sh", ["-c", "read line; exec <&-; echo closed; read never <&1"], { stdio: "pipe" });
    const fd = (child.stdin as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;
    expect(isHungUp(fd)).toBe(false);
    child.stdin.write("close\n");
    await once(child.stdout, "data");
    expect(isHungUp(fd)).toBe(true);
    const closed = once(child, "close");
    child.stdin.destroy();
    child.kill("SIGKILL");
    await closed;
  });

  test("of a file is always there", () => {
    const fd = openSync("/dev/null", "w");
    expect(isHungUp(fd)).toBe(false);
    closeSync(fd);
  });
});

describeKernel("a socket of this kernel", () => {
  const opened: NetlinkSocket[] = [];

  function open(options: Partial<SocketOptions> = {}): NetlinkSocket {
    const socket = openSocket({ receiveBufferBytes: 2 ** 20, slots: 64, ...options });
    opened.push(socket);
    return socket;
  }

  function send(socket: NetlinkSocket, bytes: Uint8Array): void {
    socket.send(bytes, bytes.length);
  }

  function word(socket: NetlinkSocket, slot: number, at: number): number {
    return socket.arena.getUint32(slot * socket.slotBytes + at, little);
  }

  /** Sends a query and reads the port id out of its answer. */
  function portIdOf(socket: NetlinkSocket): number {
    send(socket, query(process.pid));
    socket.receive();
    return word(socket, 0, 12);
  }

  beforeAll(async () => {
    familyId = await resolveFamily("TASKSTATS");
  });

  afterEach(() => {
    for (const socket of opened.splice(0)) socket.close();
  });

  test("has twice the receive buffer that was asked for, also beyond rmem_max", () => {
    const limit = Number(readFileSync("/proc/sys/net/core/rmem_max", "utf8"));
    expect(open({ receiveBufferBytes: 300_000 }).receiveBufferBytes).toBe(600_000);
    expect(open({ receiveBufferBytes: limit + 2 ** 20 }).receiveBufferBytes).toBe(2 * (limit + 2 ** 20));
  });

  test("answers each query of a datagram with a datagram, in order, each in its slot", () => {
    const socket = open({ slots: 8 });
    const missing = 2 ** 22 + 1; // above the largest pid_max
    send(socket, concat([query(process.pid), query(missing), query(process.ppid)]));
    expect(socket.receive()).toBe(3);
    const kinds = [0, 1, 2].map((slot) => socket.arena.getUint16(slot * socket.slotBytes + 4, little));
    expect(kinds).toEqual([familyId, NLMSG_ERROR, familyId]);
    for (const slot of [0, 1, 2]) expect(socket.lengths[slot]).toBe(word(socket, slot, 0));
    // nlattr of AGGR_PID at 20, of PID at 24: the id itself is at 28.
    expect([word(socket, 0, 28), word(socket, 2, 28)]).toEqual([process.pid, process.ppid]);
    expect(socket.arena.getInt32(socket.slotBytes + 16, little)).toBe(-3);
  });

  test("gives at most one arena full at a time, and 0 where no datagram is queued", () => {
    const socket = open({ slots: 4 });
    expect(socket.receive()).toBe(0);
    send(socket, concat(Array.from({ length: 10 }, () => query(process.pid))));
    expect([socket.receive(), socket.receive(), socket.receive(), socket.receive()]).toEqual([4, 4, 2, 0]);
  });

  test("sends no more than the given length", () => {
    const socket = open();
    socket.send(concat([query(process.pid), query(process.pid)]), query(0).length);
    expect(socket.receive()).toBe(1);
  });

  test("gives the whole length of a datagram that is longer than its slot", () => {
    const socket = open({ slots: 2 });
    // No record is that long, but an error repeats its request: here one for a CPU list that is nonsense.
    const long = request(0, writeAttribute(attributes.REGISTER, new Uint8Array(6000).fill(0x78)));
    send(socket, long);
    send(socket, query(process.pid));
    expect(socket.receive()).toBe(2);
    expect(socket.lengths[0]).toBe(16 + 4 + long.length);
    expect(word(socket, 0, 0)).toBe(16 + 4 + long.length);
    // The datagram that was cut short has not overwritten the next one.
    expect(word(socket, 1, 28)).toBe(process.pid);
  });

  test("counts exactly the datagrams that do not fit in its receive buffer", () => {
    const socket = open({ receiveBufferBytes: 20_000 });
    const sent = 500;
    for (let index = 0; index < sent; index++) send(socket, query(process.pid));
    const drops = socket.readDrops();
    let replies = 0;
    let errors = 0;
    for (let received = socket.receive(); received > 0; received = socket.receive()) {
      for (let slot = 0; slot < received; slot++) {
        const type = socket.arena.getUint16(slot * socket.slotBytes + 4, little);
        if (type === familyId) replies++;
        else errors++;
      }
    }
    expect(replies).toBeGreaterThan(0);
    expect(replies).toBeLessThan(sent);
    // A reply that is dropped is followed by an error message, which is dropped too or just fits.
    expect({ sent, drops }).toEqual({ sent, drops: 2 * (sent - replies) - errors });
    expect(drops).toBe(dropsColumn(portIdOf(socket)));
  });

  test("receives again after an overrun, before its queue has been read empty", () => {
    const socket = open({ receiveBufferBytes: 20_000, slots: 1 });
    for (let index = 0; index < 100; index++) send(socket, query(process.pid));
    expect(socket.readDrops()).toBeGreaterThan(0);
    expect([socket.receive(), socket.receive()]).toEqual([1, 1]);
    const before = socket.readDrops();
    send(socket, query(process.pid));
    expect(socket.readDrops()).toBe(before);
  });

  test("counts dropped exit events as /proc/net/netlink does", () => {
    const socket = open({ receiveBufferBytes: 10_000 });
    const portId = portIdOf(socket);
    const cpus = Buffer.from(`${readFileSync("/sys/devices/system/cpu/possible", "latin1").trim()}\0`);
    send(socket, request(NLM_F_ACK, writeAttribute(attributes.REGISTER, cpus)));
    execFileSync(buildWorkload("spawn"), ["200", "--no-exec"]);
    // Other processes of this machine exit meanwhile, so the column is read before and after.
    const before = dropsColumn(portId);
    const drops = socket.readDrops();
    const after = dropsColumn(portId);
    // A registration outlives its socket, and the next one with this port id would inherit it.
    send(socket, request(NLM_F_ACK, writeAttribute(attributes.DEREGISTER, cpus)));
    let queued = 0;
    for (let received = socket.receive(); received > 0; received = socket.receive()) queued += received;
    expect(drops).toBeGreaterThanOrEqual(before);
    expect(drops).toBeLessThanOrEqual(after);
    expect(drops + queued).toBeGreaterThanOrEqual(200);
  });

  test("ends a wait with true when a datagram comes", async () => {
    const socket = open();
    const wait = socket.waitReadable(longMs);
    send(socket, query(process.pid));
    expect(await wait).toBe(true);
    expect(socket.receive()).toBe(1);
  });

  test("ends a wait with false after its time where no datagram comes", async () => {
    expect(await open().waitReadable(1)).toBe(false);
  });

  test("keeps its descriptor after a close until the wait on it is over", async () => {
    const before = openSockets();
    const socket = open();
    const [own = "none"] = [...openSockets()].filter((link) => !before.has(link));
    const wait = socket.waitReadable(50);
    socket.close();
    expect(openSockets()).toContain(own);
    expect(await wait).toBe(false);
    expect(openSockets()).not.toContain(own);
  });

  test("closes its descriptor at the next turn of the event loop where no wait goes on, and only once", async () => {
    const before = openSockets();
    const socket = open();
    socket.close();
    socket.close();
    await Promise.resolve();
    expect([...openSockets()].filter((link) => !before.has(link))).toEqual([]);
  });

  test("neither sends nor receives once it is closed, also where another socket has its descriptor's number", async () => {
    const socket = open();
    socket.close();
    await Promise.resolve();
    const other = open();
    expect(() => send(socket, query(process.pid))).toThrow(/SOCKET_FAILED at send.*EBADF/);
    expect(other.receive()).toBe(0);
    send(other, query(process.pid));
    expect(() => socket.receive()).toThrow(/SOCKET_FAILED at recvmmsg.*EBADF/);
    expect(() => socket.readDrops()).toThrow(/SOCKET_FAILED at getsockopt.*EBADF/);
    expect(other.receive()).toBe(1);
  });

  test("fails with the errno where the kernel takes no message", () => {
    expect(() => open().send(new Uint8Array(2 ** 22), 2 ** 22)).toThrow(/SOCKET_FAILED at send.*EMSGSIZE/);
  });
});
