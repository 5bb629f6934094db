/** Datagrams of the running kernel, received by another program. */

import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { encodeUnixAddress, openDatagramSender } from "../../src/systemd/datagram.ts";
import { receiveDatagrams } from "../support/datagram-receiver.ts";

const folder = mkdtempSync(join(tmpdir(), "datagram-"));

test.each(["@taskstats-test-" + String(process.pid), join(folder, "notify")])(
  "a datagram to %s is received byte by byte, and each is one of its own",
  async (address) => {
    const receiver = await receiveDatagrams(address);
    const send = openDatagramSender(address);
    expect([send?.("READY=1\nSTATUS=ä"), send?.("STOPPING=1")]).toEqual([true, true]);
    await receiver.until((text) => text === "STOPPING=1");
    expect(receiver.received).toEqual(["READY=1\nSTATUS=ä", "STOPPING=1"]);
  },
);

test("what nobody receives is not taken, and nothing is thrown", () => {
  expect(openDatagramSender(join(folder, "nobody"))?.("READY=1")).toBe(false);
});

test("a full queue does not hold up who sends", async () => {
  const receiver = await receiveDatagrams(`@taskstats-full-${process.pid}`);
  const send = openDatagramSender(`@taskstats-full-${process.pid}`);
  // No more than a socket's buffers hold; the receiver gets no turn to be read from, and its pipe fills up.
  const taken = Array.from({ length: 5000 }, () => send?.("x".repeat(1000)) ?? false);
  expect(taken).toContain(false);
  expect(receiver.received).toEqual([]);
});

test("an abstract name has no zero at its end, a path has", () => {
  expect([...(encodeUnixAddress("@ab") ?? [])].slice(2)).toEqual([0, 97, 98]);
  expect([...(encodeUnixAddress("/ab") ?? [])].slice(2)).toEqual([47, 97, 98, 0]);
});

test("what is no address, or too long for one, is none", () => {
  for (const address of ["", "relative", "vsock:2:1", `/${"x".repeat(107)}`, `@${"x".repeat(108)}`])
    expect(openDatagramSender(address)).toBeUndefined();
  expect(encodeUnixAddress(`/${"x".repeat(106)}`)).toHaveLength(110);
});
