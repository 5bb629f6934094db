/** Listens for process events on a fake kernel. */

import { expect, test } from "@jest/globals";
import type { ErrorCode } from "../../src/base/errors.ts";
import { openProcessEvents, type ProcessEventClient, type ProcessEventKind } from "../../src/connector/client.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";

const malformed: ErrorCode[] = [];

function open(kernel: FakeKernel, kind: ProcessEventKind = "fork", receiveBufferBytes = 2 ** 20): ProcessEventClient {
  malformed.length = 0;
  return openProcessEvents(kernel, {
    kind,
    receiveBufferBytes,
    slots: 16,
    onMalformed: (code) => malformed.push(code),
  });
}

function take(client: ProcessEventClient): [pid: number, tgid: number][] {
  const seen: [number, number][] = [];
  while (client.receive(({ pid, tgid }) => seen.push([pid, tgid])) > 0);
  return seen;
}

test("a listener for forks gets those of processes and threads, in order, and no other event", () => {
  const kernel = createFakeKernel();
  kernel.fork({ comm: "before" });
  const client = open(kernel);
  const { tgid } = kernel.fork({ tgid: 500 });
  kernel.startThread(tgid, { tid: 501 });
  kernel.exec(501, { comm: "new" });
  kernel.endProcess(tgid);
  expect(take(client)).toEqual([
    [500, 500],
    [501, 500],
  ]);
});

test("a listener for execs gets them with the id that the thread has afterwards", () => {
  const kernel = createFakeKernel();
  const client = open(kernel, "exec");
  kernel.fork({ tgid: 500 });
  kernel.startThread(500, { tid: 501 });
  kernel.exec(501, { comm: "new" });
  expect(take(client)).toEqual([[500, 500]]);
});

test("events for another listener do not fill this one's buffer", () => {
  const kernel = createFakeKernel();
  const execs = open(kernel, "exec", 4096);
  open(kernel, "fork");
  for (let index = 0; index < 1000; index++) kernel.fork();
  expect([take(execs), execs.readDrops()]).toEqual([[], 0]);
});

test("events that do not fit in the buffer are counted", () => {
  const kernel = createFakeKernel();
  const client = open(kernel, "fork", 4096);
  for (let index = 0; index < 100; index++) kernel.fork();
  const received = take(client).length;
  expect(received).toBeGreaterThan(0);
  expect(received + client.readDrops()).toBe(100);
});

test("a malformed datagram is reported, and the next one is read", () => {
  const kernel = createFakeKernel();
  const client = open(kernel);
  kernel.faults.pass = (bytes) => bytes.subarray(0, 50);
  kernel.fork();
  kernel.faults.pass = (bytes) => bytes;
  kernel.fork({ tgid: 900 });
  expect(take(client)).toEqual([[900, 900]]);
  expect(malformed).toEqual(["MESSAGE_TRUNCATED"]);
});

test.each([
  { place: "elsewhere", code: "CONNECTOR_NAMESPACE", got: "ECONNREFUSED" },
  { place: "nowhere", code: "CONNECTOR_MISSING", got: "none" },
] as const)("a connector that is $place gives the error $code", ({ place, code, got }) => {
  const kernel = createFakeKernel();
  kernel.faults.connector = place;
  expect(() => open(kernel)).toThrow(new RegExp(`^${code} at process connector, fork events: .*got ${got};`));
  expect(kernel.sockets.every(({ closed }) => closed)).toBe(true);
});

test("a refusal gives an error with its errno", () => {
  const kernel = createFakeKernel();
  kernel.faults.refuseListen = 1;
  expect(() => open(kernel)).toThrow(/^CONNECTOR_REFUSED at .*got EPERM;/);
});

test("a listener that closes sends IGNORE, after which the kernel makes no events", () => {
  const kernel = createFakeKernel();
  const client = open(kernel);
  const other = kernel.open({ receiveBufferBytes: 4096, slots: 4, protocol: "connector", group: 1 });
  kernel.fork();
  expect(other.receive()).toBe(1);
  client.close();
  // The kernel's answer to IGNORE is the last message.
  expect(other.receive()).toBe(1);
  kernel.fork();
  expect(other.receive()).toBe(0);
});
