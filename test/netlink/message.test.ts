/** Message headers as bytes, written by the tests' own writer, and headers with wrong lengths. */

import { endianness } from "node:os";
import { describe, expect, test } from "@jest/globals";
import { readMessageHeader, writeRequestHeader, attributesAt, type MessageHeader } from "../../src/netlink/message.ts";
import { writeMessage } from "../support/message-writer.ts";
import { readRequests } from "../support/request-reader.ts";

const little = endianness() === "LE";

function read(bytes: Uint8Array, at: number, limit: number): { error: string | undefined; header: MessageHeader } {
  const header: MessageHeader = { type: -1, seq: -1, payloadAt: -1, end: -1 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { error: readMessageHeader(view, at, limit, header), header };
}

describe("reading a header", () => {
  const payload = new Uint8Array(8);

  test("finds type, sequence number and payload", () => {
    const bytes = writeMessage({ type: 31, seq: 0xffff_fffe, portId: 9 }, payload);
    expect(read(bytes, 0, bytes.length)).toEqual({
      error: undefined,
      header: { type: 31, seq: 0xffff_fffe, payloadAt: 16, end: 24 },
    });
  });

  test("reads at the given offset, and not beyond the end of the message", () => {
    const bytes = new Uint8Array([...new Uint8Array(16), ...writeMessage({ type: 5 }, payload), ...payload]);
    expect(read(bytes, 16, bytes.length).header).toEqual({ type: 5, seq: 0, payloadAt: 32, end: 40 });
  });

  test("refuses a datagram that ends within the header or within the message", () => {
    const bytes = writeMessage({ type: 31 }, payload);
    for (let length = 0; length < bytes.length; length++) {
      expect(read(bytes.slice(0, length), 0, length).error).toBe("MESSAGE_TRUNCATED");
    }
  });

  test.each([0, 1, 15])("refuses a length of %i, which is less than the header's", (length) => {
    const bytes = writeMessage({ type: 31 }, payload);
    new DataView(bytes.buffer).setUint32(0, length, little);
    expect(read(bytes, 0, bytes.length).error).toBe("MESSAGE_LENGTH");
  });

  test.each([25, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff])(
    "refuses a length of %i, which exceeds the datagram",
    (length) => {
      const bytes = writeMessage({ type: 31 }, payload);
      new DataView(bytes.buffer).setUint32(0, length, little);
      expect(read(bytes, 0, bytes.length).error).toBe("MESSAGE_TRUNCATED");
    },
  );
});

test("a written request header is read back by the tests' own reader, and changes no byte around it", () => {
  const bytes = new Uint8Array(8 + attributesAt).fill(0xaa);
  const header = { length: attributesAt, type: 31, flags: 5, seq: 0x8000_0001, command: 1, version: 1 };
  writeRequestHeader(new DataView(bytes.buffer), 8, header);
  const [request] = readRequests(bytes.subarray(8));
  expect(request).toMatchObject({ type: 31, seq: 0x8000_0001, wantsAck: true, command: 1, version: 1 });
  // nlmsg_pid and the reserved half-word of genlmsghdr are zero.
  const view = new DataView(bytes.buffer, 8);
  expect([view.getUint32(12, little), view.getUint16(18, little)]).toEqual([0, 0]);
  expect(bytes.subarray(0, 8)).toEqual(new Uint8Array(8).fill(0xaa));
});
