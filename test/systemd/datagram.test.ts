/** Real datagrams, which another program receives. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { encodeUnixAddress, openDatagramSender } from "../../src/systemd/datagram.ts";
import { receiveDatagrams } from "../support/datagram-receiver.ts";

const folder = mkdtempSync(join(tmpdir(), "datagram-"));

test.each(["@taskstats-test-" + String(process.pid), join(folder, "notify")])(
  "each datagram to %s is received unchanged, and as one",
  async (address) => {
    const receiver = await receiveDatagrams(address);
    const send = openDatagramSender(address);
    expect([send?.("READY=1\nSTATUS=ä"), send?.("STOPPING=1")]).toEqual([true, true]);
    await receiver.until((text) => text === "STOPPING=1");
    expect(receiver.received).toEqual(["READY=1\nSTATUS=ä", "STOPPING=1"]);
  },
);

test("a datagram without a receiver is not sent, and nothing is thrown", () => {
  expect(openDatagramSender(join(folder, "nobody"))?.("READY=1")).toBe(false);
});

test("a full queue does not block the sender", async () => {
  const receiver = await receiveDatagrams(`@taskstats-full-${process.pid}`);
  const send = openDatagramSender(`@taskstats-full-${process.pid}`);
  // No more than a socket's buffers hold; the receiver gets no turn to be read from, and its pipe fills up.
  const taken = Array.from({ length: 5000 }, () => send?.("x".repeat(1000)) ?? false);
  expect(taken).toContain(false);
  expect(receiver.received).toEqual([]);
});

test("an abstract name does not end with a zero byte, a path does", () => {
  expect([...(encodeUnixAddress("@ab") ?? [])].slice(2)).toEqual([0, 97, 98]);
  expect([...(encodeUnixAddress("/ab") ?? [])].slice(2)).toEqual([47, 97, 98, 0]);
});

test("a text that is no address, or too long, gives no sender", () => {
  for (const address of ["", "relative", "vsock:2:1", `/${"x".repeat(107)}`, `@${"x".repeat(108)}`])
    expect(openDatagramSender(address)).toBeUndefined();
  expect(encodeUnixAddress(`/${"x".repeat(106)}`)).toHaveLength(110);
});
