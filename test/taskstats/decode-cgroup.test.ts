/** Decodes replies about control groups, which the tests' own writer has written, and bytes of any kind. */

import { describe, expect, test } from "@jest/globals";
import { decodeCgroupReply } from "../../src/taskstats/decode-cgroup.ts";
import { concat, writeAttribute, writeCgroupStats, writeError, writeMessage } from "../support/message-writer.ts";
import { fc } from "../support/properties.ts";

const familyId = 31;
const reply = writeCgroupStats({ type: familyId, seq: 7 }, [1, 2, 3, 4, 5]);

/** Decodes a datagram that lies in the middle of an arena, between other bytes. */
function decode(datagram: Uint8Array) {
  const arena = concat([new Uint8Array(8).fill(0xff), datagram, new Uint8Array(8).fill(0xff)]);
  return decodeCgroupReply(new DataView(arena.buffer), { at: 8, length: datagram.length }, familyId);
}

const generic = (command: number, ...attributes: readonly Uint8Array[]): Uint8Array =>
  writeMessage({ type: familyId, seq: 7 }, concat([new Uint8Array([command, 1, 0, 0]), ...attributes]));

describe("a reply about a control group", () => {
  test("has five numbers in the order of the struct", () => {
    expect(decode(reply)).toEqual({ seq: 7, tasks: [1, 2, 3, 4, 5], errno: undefined });
  });

  test("may have numbers up to 2^53", () => {
    const tasks = [2 ** 53 - 1, 0, 0, 0, 2 ** 32];
    expect(decode(writeCgroupStats({ type: familyId }, tasks))).toMatchObject({ tasks });
  });

  test("may have attributes before the struct, and a longer struct of a newer kernel", () => {
    const struct = new Uint8Array(48);
    struct[0] = struct[1] = 0;
    const other = writeAttribute(9, new Uint8Array(3));
    expect(decode(generic(5, other, writeAttribute(1, struct)))).toMatchObject({ tasks: [0, 0, 0, 0, 0] });
  });

  test.each([2, 9, 22])("may be a refusal with errno %d", (errno) => {
    expect(decode(writeError({ errno, seq: 9 }))).toEqual({ seq: 9, errno, tasks: undefined });
  });

  test("is malformed where it is an acknowledgement, or of another family or command", () => {
    expect(decode(writeError({ errno: 0, seq: 9 }))).toBe("MESSAGE_TYPE");
    expect(decode(writeCgroupStats({ type: 30 }, [1, 2, 3, 4, 5]))).toBe("MESSAGE_TYPE");
    expect(decode(generic(2, writeAttribute(1, new Uint8Array(40))))).toBe("MESSAGE_TYPE");
  });

  test("is malformed without the struct, and with a shorter one", () => {
    expect(decode(generic(5))).toBe("RECORD_MISSING");
    expect(decode(generic(5, writeAttribute(2, new Uint8Array(40))))).toBe("RECORD_MISSING");
    expect(decode(generic(5, writeAttribute(1, new Uint8Array(39))))).toBe("MESSAGE_LENGTH");
    expect(decode(writeMessage({ type: familyId }, new Uint8Array(2)))).toBe("MESSAGE_LENGTH");
  });

  test("is malformed wherever it is cut off", () => {
    for (let length = 0; length < reply.length; length++) {
      expect(decode(reply.subarray(0, length))).toBe("MESSAGE_TRUNCATED");
    }
    const view = new DataView(new ArrayBuffer(16));
    expect(decodeCgroupReply(view, { at: 8, length: 16 }, familyId)).toBe("MESSAGE_TRUNCATED");
  });

  test("may be any bytes: nothing throws, and what is decoded has five numbers or an errno", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 100 }),
      fc
        .tuple(fc.nat(reply.length - 1), fc.nat(255), fc.nat(reply.length - 1), fc.nat(255))
        .map(([at, value, other, another]) => {
          const changed = reply.slice();
          changed[at] = value;
          changed[other] = another;
          return changed;
        }),
    );
    fc.assert(
      fc.property(bytes, (datagram) => {
        const decoded = decode(datagram);
        if (typeof decoded === "string") return;
        if (decoded.errno === undefined) expect(decoded.tasks).toHaveLength(5);
        else expect(decoded.errno).toBeGreaterThan(0);
      }),
      { numRuns: 3000 },
    );
  });
});
