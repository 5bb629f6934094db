/** Filter programs as bytes, and run on datagrams by an interpreter. */

import { expect, test } from "@jest/globals";
import { endianness } from "node:os";
import { asLoaded, encodeProgram, jumpIfEqual, keepBytes, loadWord } from "../../src/netlink/bpf.ts";
import { runFilter } from "../support/bpf.ts";

const little = endianness() === "LE";

test("a program is an array of struct sock_filter", () => {
  const bytes = encodeProgram([loadWord(36), jumpIfEqual(0x0102_0304, 5, 6), keepBytes(0xffff_ffff)]);
  const view = new DataView(bytes.buffer);
  const rows = [0, 8, 16].map((at) => [
    view.getUint16(at, little),
    view.getUint8(at + 2),
    view.getUint8(at + 3),
    view.getUint32(at + 4, little),
  ]);
  expect(rows).toEqual([
    [0x20, 0, 0, 36],
    [0x15, 5, 6, 0x0102_0304],
    [0x06, 0, 0, 0xffff_ffff],
  ]);
});

test("a program finds a word that is in this machine's byte order, and not one in the other order", () => {
  const program = [loadWord(4), jumpIfEqual(asLoaded(0x8000_0001), 0, 1), keepBytes(7), keepBytes(0)];
  const datagram = new Uint8Array(8);
  new DataView(datagram.buffer).setUint32(4, 0x8000_0001, little);
  expect(runFilter(program, datagram)).toBe(7);
  new DataView(datagram.buffer).setUint32(4, 0x8000_0001, !little);
  expect(runFilter(program, datagram)).toBe(0);
});
