import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createLastingSocket } from "../../src/netlink/lasting-socket.ts";
import { createCgroupClient } from "../../src/taskstats/cgroup-client.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";
import { writeCgroupStats } from "../support/message-writer.ts";

let directory: string;
let fd: number;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cgroup-"));
  fd = openSync(directory, "r");
});
afterEach(() => {
  closeSync(fd);
  rmSync(directory, { recursive: true });
});

const notOpen = 1_000_000;

function start() {
  const kernel = createFakeKernel();
  const malformed: string[] = [];
  const socket = createLastingSocket(() => kernel.open({ receiveBufferBytes: 2 ** 16, slots: 2 }));
  const { familyId } = kernel;
  const client = createCgroupClient({ socket, familyId, onMalformed: (code) => malformed.push(code) });
  return { kernel, client, malformed, socket: () => kernel.sockets.at(-1) };
}

test("a control group's numbers are those of the kernel", () => {
  const { kernel, client } = start();
  kernel.cgroups.set(directory, [1, 2, 3, 4, 5]);
  expect(client.query(fd)).toMatchObject({ tasks: [1, 2, 3, 4, 5] });
});

test("a refusal has its errno", () => {
  const { client, kernel } = start();
  expect(client.query(fd)).toMatchObject({ errno: 22, tasks: undefined });
  kernel.faults.refuseBadDescriptors = true;
  expect(client.query(notOpen)).toMatchObject({ errno: 9 });
});

test("a request that the kernel does not answer has no answer, and is not waited for", () => {
  const { client, kernel } = start();
  expect(client.query(notOpen)).toBeUndefined();
  kernel.cgroups.set(directory, [1, 0, 0, 0, 0]);
  expect(client.query(fd)).toMatchObject({ tasks: [1, 0, 0, 0, 0] });
});

test("an answer that comes after its request was given up is not taken for that of the next one", () => {
  const { client, kernel, socket } = start();
  kernel.cgroups.set(directory, [1, 0, 0, 0, 0]);
  expect(client.query(notOpen)).toBeUndefined();
  const bytes = writeCgroupStats({ type: kernel.familyId, seq: 1 }, [9, 9, 9, 9, 9]);
  socket()?.deliver({ bytes, cost: 1000, drops: 1 });
  expect(client.query(fd)).toMatchObject({ tasks: [1, 0, 0, 0, 0] });
  socket()?.deliver({ bytes, cost: 1000, drops: 1 });
  expect(client.query(notOpen)).toBeUndefined();
});

test("a malformed answer is none, and its error is told", () => {
  const { client, kernel, malformed } = start();
  kernel.cgroups.set(directory, [1, 2, 3, 4, 5]);
  kernel.faults.pass = (datagram) => datagram.subarray(0, 30);
  expect(client.query(fd)).toBeUndefined();
  kernel.faults.pass = () => new Uint8Array(5000);
  expect(client.query(fd)).toBeUndefined();
  expect(malformed).toEqual(["MESSAGE_TRUNCATED", "MESSAGE_TRUNCATED"]);
});

test("a socket that has lost its descriptor fails one query and is opened again", () => {
  const { client, kernel, socket } = start();
  kernel.cgroups.set(directory, [1, 2, 3, 4, 5]);
  socket()?.failNext("EBADF");
  expect(() => client.query(fd)).toThrow(/SOCKET_FAILED.*EBADF/);
  expect(client.query(fd)).toMatchObject({ tasks: [1, 2, 3, 4, 5] });
  expect(kernel.sockets.map(({ closed }) => closed)).toEqual([true, false]);
  client.close();
  expect(kernel.sockets.map(({ closed }) => closed)).toEqual([true, true]);
});
