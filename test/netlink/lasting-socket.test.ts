import { beforeEach, describe, expect, test } from "@jest/globals";
import { ExporterError } from "../../src/base/errors.ts";
import { createLastingSocket, isDescriptorLost, type LastingSocket } from "../../src/netlink/lasting-socket.ts";
import { createFakeSocket, type FakeSocket } from "../support/fake-socket.ts";

describe("a lasting socket", () => {
  let sent: string[];
  let opened: FakeSocket[];
  let refused: Error | undefined;
  let socket: LastingSocket;

  /** Opens a socket with room for as many datagrams as sockets have been opened. */
  function open(): FakeSocket {
    if (refused !== undefined) throw refused;
    const portId = opened.length + 1;
    const onSend = (bytes: Uint8Array): void => void sent.push(`${portId}: ${bytes.join()}`);
    const options = { receiveBufferBytes: 100 * portId, slots: portId, nowUs: () => 0, onClose: () => undefined };
    const fake = createFakeSocket({ portId, onSend, ...options });
    opened.push(fake);
    return fake;
  }

  const deliver = (index: number, byte: number): void =>
    opened[index]?.deliver({ bytes: new Uint8Array([byte]), cost: 1, drops: 1 });

  beforeEach(() => {
    [sent, opened, refused] = [[], [], undefined];
    socket = createLastingSocket(open);
  });

  test("is the opened one: it sends, receives, waits and counts drops with it", async () => {
    socket.send(new Uint8Array([1, 2, 3]), 2);
    expect([sent, socket.waitBlocking(0)]).toEqual([["1: 1,2"], false]);
    const wait = socket.waitReadable(1000);
    deliver(0, 9);
    opened[0]?.drop(3);
    expect([await wait, socket.waitBlocking(0), socket.receive(), socket.readDrops()]).toEqual([true, true, 1, 3]);
    expect([socket.arena.getUint8(0), socket.lengths[0]]).toEqual([9, 1]);
    expect([socket.slotBytes, socket.receiveBufferBytes]).toEqual([4096, 100]);
  });

  test("closes the old socket when it is opened again, and is then the new one in every respect", () => {
    deliver(0, 9);
    opened[0]?.drop(3);
    socket.reopen();
    expect(opened.map(({ closed }) => closed)).toEqual([true, false]);
    expect([socket.readDrops(), socket.receive()]).toEqual([0, 0]);
    expect([socket.lengths.length, socket.arena.byteLength, socket.receiveBufferBytes]).toEqual([2, 8192, 200]);
    deliver(1, 7);
    socket.send(new Uint8Array([5]), 1);
    expect([socket.receive(), socket.arena.getUint8(0), sent]).toEqual([1, 7, ["2: 5"]]);
  });

  test("ends a wait at the old socket without a datagram when it is opened again", async () => {
    const wait = socket.waitReadable(600_000);
    socket.reopen();
    expect(await wait).toBe(false);
  });

  test("stays closed where no new socket can be opened, and can be opened later", () => {
    refused = new ExporterError("SOCKET_FAILED", { where: "socket()", want: "a socket", got: "EMFILE" });
    expect(() => socket.reopen()).toThrow(refused);
    expect(() => socket.receive()).toThrow(/EBADF/);
    refused = undefined;
    socket.reopen();
    expect([socket.receive(), opened.length]).toEqual([0, 2]);
  });

  test("closes the socket that it has at that time", () => {
    socket.reopen();
    socket.close();
    expect(opened.map(({ closed }) => closed)).toEqual([true, true]);
  });

  test("throws the error of the first opening", () => {
    refused = new Error("no");
    expect(() => createLastingSocket(open)).toThrow("no");
  });
});

test.each<[boolean, string, unknown]>([
  [true, "a call on a descriptor that is no socket", socketError("EBADF")],
  [false, "another errno", socketError("EMFILE")],
  [false, "another code", new ExporterError("PROC_TEXT", { where: "send", want: "x", got: "EBADF" })],
  [false, "an error of another class", new Error("EBADF")],
  [false, "no error", undefined],
])("a lost descriptor is %p for %s", (lost, _what, error) => expect(isDescriptorLost(error)).toBe(lost));

function socketError(got: string): ExporterError {
  return new ExporterError("SOCKET_FAILED", { where: "send(netlink)", want: "12 bytes taken", got });
}
