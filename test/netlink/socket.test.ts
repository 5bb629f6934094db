/** What both sockets keep to, the kernel's and the fake kernel's: so a test on the fake one says something of the other. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { endianness } from "node:os";
import { resolveFamily } from "../../src/netlink/family.ts";
import { openSocket } from "../../src/netlink/libc.ts";
import type { Netlink, NetlinkSocket } from "../../src/netlink/socket.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";
import { concat, writeAttribute, writeMessage } from "../support/message-writer.ts";
import { describeKernel } from "../support/real-kernel.ts";

const little = endianness() === "LE";
const NLM_F_REQUEST = 1;
const NLMSG_ERROR = 2;
const ESRCH = 3;
const TASKSTATS_CMD_ATTR_PID = 1;

/** An id above the largest pid_max. */
const missing = 2 ** 22 + 1;

interface Stage {
  readonly netlink: Netlink;
  /** The id of a thread that lives. */
  readonly live: number;
}

function testContract(createStage: () => Stage): void {
  let stage: Stage;
  let familyId: number;
  let socket: NetlinkSocket;

  beforeEach(async () => {
    stage = createStage();
    familyId = await stage.netlink.resolveFamily();
    socket = stage.netlink.open({ receiveBufferBytes: 100_000, slots: 4 });
  });
  afterEach(() => socket.close());

  function query(tid: number): Uint8Array {
    const id = new Uint8Array(4);
    new DataView(id.buffer).setUint32(0, tid, little);
    const payload = concat([new Uint8Array([1, 1, 0, 0]), writeAttribute(TASKSTATS_CMD_ATTR_PID, id)]);
    return writeMessage({ type: familyId, flags: NLM_F_REQUEST, seq: 7 }, payload);
  }

  function send(...tids: readonly number[]): void {
    const bytes = concat(tids.map(query));
    socket.send(bytes, bytes.length);
  }

  const typeAt = (slot: number): number => socket.arena.getUint16(slot * socket.slotBytes + 4, little);

  test("the family's id is one that the kernel gives to a family", () => {
    expect(familyId).toBeGreaterThan(16);
  });

  test("the receive buffer is twice as large as was asked for, and the arena has all slots", () => {
    expect(socket.receiveBufferBytes).toBe(200_000);
    expect([socket.lengths.length, socket.arena.byteLength]).toEqual([4, 4 * socket.slotBytes]);
  });

  test("each answer is in a slot of its own, in the order of the queries, with its length", () => {
    send(stage.live, missing);
    expect([socket.receive(), typeAt(0), typeAt(1)]).toEqual([2, familyId, NLMSG_ERROR]);
    expect(socket.arena.getInt32(socket.slotBytes + 16, little)).toBe(-ESRCH);
    for (const slot of [0, 1]) {
      expect(socket.lengths[slot]).toBe(socket.arena.getUint32(slot * socket.slotBytes, little));
    }
  });

  test("only the given length of the bytes is sent", () => {
    const bytes = concat([query(stage.live), query(missing)]);
    socket.send(bytes, query(stage.live).length);
    expect([socket.receive(), typeAt(0), socket.receive()]).toEqual([1, familyId, 0]);
  });

  test("one receive takes as many datagrams as there are slots, and the next one the others", () => {
    expect(socket.receive()).toBe(0);
    send(missing, missing, missing, missing, missing, stage.live);
    expect([socket.receive(), socket.receive(), socket.receive()]).toEqual([4, 2, 0]);
    expect(typeAt(1)).toBe(familyId);
  });

  test("a wait is over at once where a datagram is queued, and blocking waits see that none is", async () => {
    expect(socket.waitBlocking(0)).toBe(false);
    send(stage.live);
    expect([socket.waitBlocking(600_000), await socket.waitReadable(600_000)]).toEqual([true, true]);
  });

  test("what overruns the receive buffer is counted, and what is in it can be received", () => {
    expect(socket.readDrops()).toBe(0);
    for (let index = 0; index < 500; index++) send(stage.live);
    const drops = socket.readDrops();
    expect(drops).toBeGreaterThan(0);
    expect(socket.receive()).toBe(4);
    expect(socket.readDrops()).toBe(drops);
  });

  test.each([0, 1])(
    "closing ends a wait without success, also where %i datagrams are there, and can be done twice",
    async (queued) => {
      // The kernel's socket is closed only when its poll is over.
      const wait = socket.waitReadable(50);
      if (queued > 0) send(stage.live);
      socket.close();
      socket.close();
      expect(await wait).toBe(false);
    },
  );

  test("a closed socket neither sends nor receives, and says which call failed", async () => {
    socket.close();
    await Promise.resolve();
    expect(() => send(stage.live)).toThrow(/^SOCKET_FAILED at send\(netlink\): want .*, got EBADF/);
    expect(() => socket.receive()).toThrow(/^SOCKET_FAILED at recvmmsg\(netlink\): want .*, got EBADF/);
  });
}

describe("a socket of the fake kernel", () => {
  testContract(() => {
    const kernel = createFakeKernel();
    return { netlink: kernel, live: kernel.self };
  });
});

describeKernel(
  "a socket of this kernel",
  () => {
    testContract(() => ({
      netlink: { resolveFamily: () => resolveFamily("TASKSTATS"), open: openSocket },
      live: process.pid,
    }));
  },
  { needs: [] },
);
