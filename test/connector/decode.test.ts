/**
 * Decodes process events: whole, truncated, with wrong lengths, and random. The result must be what was written, or an error
 * code; never an exception.
 */

import { readdirSync, readFileSync } from "node:fs";
import { endianness } from "node:os";
import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { errorTable, type ErrorCode } from "../../src/base/errors.ts";
import { createProcessEventDecoder, type ProcessEvent } from "../../src/connector/decode.ts";
import { whats, writeConnectorMessage, writeProcessEvent } from "../support/connector-writer.ts";
import { writeMessage } from "../support/message-writer.ts";

const little = endianness() === "LE";
const decoder = createProcessEventDecoder();

/** Decodes bytes that end where their buffer ends, so that a read past them throws. */
function decode(bytes: Uint8Array): ErrorCode | ProcessEvent {
  const exact = bytes.slice();
  return decoder.decode(new DataView(exact.buffer), 0, exact.length) ?? { ...decoder.event };
}

function checkOutcome(outcome: ErrorCode | ProcessEvent): void {
  if (typeof outcome === "string") expect(errorTable[outcome].class).toBe("bytes");
}

const fork = writeProcessEvent(whats.FORK, [101, 100, 4_194_303, 102], { cpu: 3, timestampNs: 2n ** 60n });

describe("an event", () => {
  test("of a fork has the new thread, its process, the process that forked, and the time", () => {
    const time = { atUs: 2 ** 60 / 1000, parentTgid: 100 };
    expect(decode(fork)).toMatchObject({ kind: "fork", pid: 4_194_303, tgid: 102, ...time });
  });

  test("of an exec has the thread, its process, and the time", () => {
    const exec = writeProcessEvent(whats.EXEC, [7, 8], { timestampNs: 5_000_000_123n });
    expect(decode(exec)).toMatchObject({ kind: "exec", pid: 7, tgid: 8, atUs: 5_000_000.123 });
  });

  test("that answers a request has the errno", () => {
    expect(decode(writeProcessEvent(whats.NONE, [1]))).toMatchObject({ kind: "answer", errno: 1 });
  });

  test("of another kind is no error", () => {
    for (const what of [whats.UID, whats.COMM, whats.EXIT]) {
      expect(decode(writeProcessEvent(what, [1, 2, 3, 4]))).toMatchObject({ kind: "other" });
    }
  });

  test("is read at its place in a larger buffer", () => {
    const buffer = new Uint8Array(300).fill(0xff);
    buffer.set(fork, 100);
    expect(decoder.decode(new DataView(buffer.buffer), 100, fork.length)).toBeUndefined();
    expect(decoder.event).toMatchObject({ kind: "fork", pid: 4_194_303, tgid: 102 });
  });
});

describe("a message", () => {
  test("that is of no connector, or of another one, is an error of its type", () => {
    expect(decode(writeMessage({ type: 2 }, new Uint8Array(60)))).toBe("MESSAGE_TYPE");
    expect(decode(writeConnectorMessage(new Uint8Array(40), { idx: 2 }))).toBe("MESSAGE_TYPE");
    expect(decode(writeConnectorMessage(new Uint8Array(40), { val: 9 }))).toBe("MESSAGE_TYPE");
  });

  test("that is truncated at any byte is an error", () => {
    for (let length = 0; length < fork.length; length++) {
      expect(decode(fork.subarray(0, length))).toBe("MESSAGE_TRUNCATED");
    }
  });

  test("that ends before the members of its kind of event is an error", () => {
    const sizes = { FORK: 32, EXEC: 24, NONE: 20 } as const;
    for (const [kind, size] of Object.entries(sizes)) {
      const whole = writeProcessEvent(whats[kind as keyof typeof sizes], [1, 2, 3, 4]).subarray(36);
      for (let length = 0; length < size; length++) {
        expect(decode(writeConnectorMessage(whole.subarray(0, length)))).toBe("MESSAGE_LENGTH");
      }
      expect(decode(writeConnectorMessage(whole.subarray(0, size)))).toBeInstanceOf(Object);
    }
  });

  test("whose inner length goes beyond its end is an error", () => {
    const data = fork.subarray(36);
    expect(decode(writeConnectorMessage(data, { length: data.length + 1 }))).toBe("MESSAGE_LENGTH");
    expect(decode(writeConnectorMessage(data, { length: 0xffff }))).toBe("MESSAGE_LENGTH");
  });
});

describe("random bytes", () => {
  const limits = { numRuns: 20_000, interruptAfterTimeLimit: 1000 };

  test("never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => checkOutcome(decode(bytes))),
      limits,
    );
  });

  test("behind valid headers never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.nat(80), (data, length) =>
        checkOutcome(decode(writeConnectorMessage(data, { length }))),
      ),
      limits,
    );
  });

  test("over parts of a valid event never throw", () => {
    const change = fc.record({ at: fc.nat(fork.length - 1), value: fc.nat(255) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
        const copy = fork.slice();
        for (const { at, value } of changes) copy[at] = value;
        checkOutcome(decode(copy));
      }),
      limits,
    );
  });
});

/** Captured datagrams, each with the event that it must decode to. */
interface Captured {
  readonly byteOrder: "LE" | "BE";
  readonly datagrams: readonly { readonly file: string; readonly expected: Partial<ProcessEvent> }[];
}

const root = new URL("../fixtures/connector/", import.meta.url);
const captures = readdirSync(root).map((kernel) => ({ kernel, folder: new URL(`${kernel}/`, root) }));

test.each(captures)("messages captured on Linux $kernel decode to the events that happened", ({ folder }) => {
  const { byteOrder, datagrams } = JSON.parse(readFileSync(new URL("index.json", folder), "utf8")) as Captured;
  expect(datagrams.length).toBeGreaterThan(0);
  if ((byteOrder === "LE") !== little) return;
  for (const { file, expected } of datagrams) {
    const hex = readFileSync(new URL(file, folder), "latin1").replace(/\s/g, "");
    expect(decode(Uint8Array.from(Buffer.from(hex, "hex")))).toMatchObject(expected);
  }
});
