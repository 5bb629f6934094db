/**
 * Decodes datagrams of all forms: whole, truncated, with wrong lengths, and random. The result must be what was written, or an
 * error code; never an exception.
 */

import { endianness } from "node:os";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { errorTable, type ErrorCode } from "../../src/base/errors.ts";
import { fields, type FieldKey } from "../../src/fields/fields.ts";
import { createDecoder, type Decoder, type Part } from "../../src/taskstats/decode.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import { memberOf, sampleFigures, sampleValue } from "../support/field-members.ts";
import {
  concat,
  types,
  writeAttribute,
  writeError,
  writeGenericMessage,
  writeRecords,
  type Padding,
  type Records,
} from "../support/message-writer.ts";
import { structVersions } from "../support/struct-declarations.ts";
import { writeStruct } from "../support/struct-writer.ts";

const little = endianness() === "LE";
const familyId = 31;
const keys = fields.map(({ key }) => key as FieldKey);

let decoder: Decoder;

beforeEach(() => {
  decoder = createDecoder(familyId, createRecordReader(keys));
});

/** Decodes bytes that end where their buffer ends, so that a read past them throws. */
function decode(bytes: Uint8Array): ErrorCode | undefined {
  const exact = bytes.slice();
  return decoder.decode(new DataView(exact.buffer), 0, exact.length);
}

const tid = 4242;
const tgid = 4200;

function structOf(version: number): Uint8Array {
  return writeStruct(version, { ...sampleFigures(version), ac_comm: "a thread" });
}

interface EventOptions {
  readonly version?: number;
  readonly padding?: Padding;
  readonly groupVersion?: number;
}

function eventOf({ version = 16, padding = "none", groupVersion = version }: EventOptions = {}): Uint8Array {
  const group = writeStruct(version, { ...sampleFigures(version), version: groupVersion });
  const thread = { id: tid, struct: structOf(version) };
  return writeRecords({ type: familyId, seq: 7 }, { thread, process: { id: tgid, struct: group }, padding });
}

function recordsOf(records: Records): Uint8Array {
  return writeRecords({ type: familyId, seq: 7, portId: 99 }, records);
}

/** The fields that are present with another value than the one that was written. */
function wrongSlots({ values }: Part, version: number): string[] {
  return fields.flatMap((field, slot) => {
    const value = values[slot] as number;
    const known = memberOf(field.key, version) !== undefined && field.key !== "version";
    return Number.isNaN(value) || field.key === "version" || (known && value === sampleValue(field, slot))
      ? []
      : [`${field.key}=${value}`];
  });
}

/** The number of fields that a part has. */
const presentSlots = ({ values }: Part): number => [...values].filter((value) => !Number.isNaN(value)).length;

const inVersion = (version: number, scopes: readonly string[]): number =>
  fields.filter(({ key, scope }) => scopes.includes(scope) && memberOf(key, version) !== undefined).length;

describe.each(structVersions.map((version) => ({ version })))("version $version", ({ version }) => {
  test("a reply for a thread has all its fields, its id and its command", () => {
    expect(decode(recordsOf({ thread: { id: tid, struct: structOf(version) } }))).toBeUndefined();
    const { thread, process, seq, errno } = decoder.reception;
    expect({ seq, errno }).toEqual({ seq: 7, errno: undefined });
    const { present, id, version: told, bytes } = thread;
    expect([present, id, told, bytes]).toEqual([true, tid, version, structOf(version).length]);
    expect(process.present).toBe(false);
    expect(wrongSlots(thread, version)).toEqual([]);
    expect(presentSlots(thread)).toBe(inVersion(version, ["thread", "group", "header"]));
    expect(decoder.reception.readComm()).toBe("a thread");
  });

  test("a reply for a process has only the fields of sums, and the id of the attribute", () => {
    expect(decode(recordsOf({ process: { id: tgid, struct: structOf(version) } }))).toBeUndefined();
    const { thread, process } = decoder.reception;
    expect(thread.present).toBe(false);
    expect({ present: process.present, id: process.id }).toEqual({ present: true, id: tgid });
    expect(wrongSlots(process, version)).toEqual([]);
    expect(presentSlots(process)).toBe(inVersion(version, ["group", "header"]));
  });

  test.each(["none", "before", "between"] as const)(
    "the exit event of a last thread has the records of thread and process, padding: %s",
    (padding) => {
      expect(decode(eventOf({ version, padding }))).toBeUndefined();
      const { thread, process } = decoder.reception;
      expect([thread.id, process.id]).toEqual([tid, tgid]);
      expect([...wrongSlots(thread, version), ...wrongSlots(process, version)]).toEqual([]);
      expect(presentSlots(thread)).toBe(inVersion(version, ["thread", "group", "header"]));
      expect(presentSlots(process)).toBe(inVersion(version, ["group", "header"]));
    },
  );

  test("a process's struct of version 0 is read with the layout of the thread's struct", () => {
    expect(decode(eventOf({ version, groupVersion: 0 }))).toBeUndefined();
    const { process } = decoder.reception;
    expect(process.version).toBe(0);
    expect(wrongSlots(process, version)).toEqual([]);
    expect(presentSlots(process)).toBe(inVersion(version, ["group", "header"]));
  });

  test("the process of a thread is known from version 12 on", () => {
    decode(recordsOf({ thread: { id: tid, struct: structOf(version) } }));
    expect(decoder.reception.tgid).toBe(version >= 12 ? sampleFigures(version).ac_tgid : undefined);
  });
});

test("the padding of a strict-alignment machine puts the first struct at a multiple of eight", () => {
  // This shows that the two padded forms above are those that such a machine sends.
  const unpadded = eventOf();
  expect(eventOf({ padding: "between" })).toHaveLength(unpadded.length + 4);
  expect(eventOf({ padding: "before" })).toHaveLength(unpadded.length + 8);
});

test("the flag of a nested attribute changes nothing", () => {
  const nested = 0x8000;
  const inner = [writeAttribute(types.PID, new Uint8Array([1, 0, 0, 0])), writeAttribute(types.STATS, structOf(16))];
  const outer = writeAttribute(types.AGGR_PID | nested, concat(inner));
  expect(decode(writeGenericMessage({ type: familyId }, [outer]))).toBeUndefined();
  expect(decoder.reception.thread.present).toBe(true);
});

test("unknown attributes are skipped", () => {
  const unknown = writeAttribute(99, new Uint8Array(7));
  const inner = [
    unknown,
    writeAttribute(types.PID, new Uint8Array(4)),
    unknown,
    writeAttribute(types.STATS, structOf(16)),
  ];
  const outer = writeAttribute(types.AGGR_PID, concat(inner));
  expect(decode(writeGenericMessage({ type: familyId }, [unknown, outer, unknown]))).toBeUndefined();
  expect(wrongSlots(decoder.reception.thread, 16)).toEqual([]);
});

describe("errors and acknowledgements", () => {
  test.each([1, 3, 22, 34, 105])("errno %i has the sequence number of its request", (errno) => {
    expect(decode(writeError({ errno, seq: 12, request: new Uint8Array(28) }))).toBeUndefined();
    expect(decoder.reception.errno).toBe(errno);
    expect(decoder.reception.seq).toBe(12);
    expect(decoder.reception.thread.present || decoder.reception.process.present).toBe(false);
  });

  test("an acknowledgement is errno 0", () => {
    expect(decode(writeError({ errno: 0, seq: 12 }))).toBeUndefined();
    expect(decoder.reception.errno).toBe(0);
  });

  test("an error with a positive number, which is no errno, is malformed", () => {
    expect(decode(writeError({ errno: -5, seq: 1 }))).toBe("MESSAGE_TYPE");
    expect(decoder.reception.errno).toBeUndefined();
  });

  test("the next record clears the errno", () => {
    decode(writeError({ errno: 3, seq: 12 }));
    decode(eventOf());
    expect(decoder.reception.errno).toBeUndefined();
  });
});

describe("a datagram is malformed", () => {
  test("if its type is another family's", () => {
    expect(decode(writeRecords({ type: familyId + 1 }, { thread: { id: 1, struct: structOf(16) } }))).toBe(
      "MESSAGE_TYPE",
    );
  });

  test("if the id is missing, or the struct, or both", () => {
    const id = writeAttribute(types.PID, new Uint8Array(4));
    const stats = writeAttribute(types.STATS, structOf(16));
    for (const inner of [[id], [stats], []]) {
      const outer = writeAttribute(types.AGGR_PID, concat(inner));
      expect(decode(writeGenericMessage({ type: familyId }, [outer]))).toBe("RECORD_MISSING");
    }
    expect(decode(writeGenericMessage({ type: familyId }, []))).toBe("RECORD_MISSING");
    expect(decode(writeGenericMessage({ type: familyId }, [id, stats]))).toBe("RECORD_MISSING");
  });

  test("if the id is of the other kind", () => {
    const wrong = concat([writeAttribute(types.TGID, new Uint8Array(4)), writeAttribute(types.STATS, structOf(16))]);
    expect(decode(writeGenericMessage({ type: familyId }, [writeAttribute(types.AGGR_PID, wrong)]))).toBe(
      "RECORD_MISSING",
    );
  });

  test("if its struct is older than version 4, or smaller", () => {
    const old = writeStruct(4, { version: 3 });
    for (const struct of [old, structOf(16).subarray(0, 271), new Uint8Array(1), new Uint8Array(0)]) {
      expect(decode(recordsOf({ thread: { id: tid, struct } }))).toBe("RECORD_VERSION");
    }
  });
});

test("a thread's struct of version 0, which no kernel sends, is read by its length", () => {
  const struct = writeStruct(13, { ...sampleFigures(13), version: 0 });
  expect(decode(recordsOf({ thread: { id: tid, struct } }))).toBeUndefined();
  expect(wrongSlots(decoder.reception.thread, 13)).toEqual([]);
});

test("a datagram without a thread's record has no command and no tgid, even after one that had them", () => {
  decode(eventOf());
  decode(recordsOf({ process: { id: tgid, struct: structOf(4) } }));
  expect(decoder.reception.readComm()).toBe("");
  expect(decoder.reception.tgid).toBeUndefined();
  decode(new Uint8Array(3));
  expect(decoder.reception.readComm()).toBe("");
});

test("a datagram is decoded at its place in an arena, and the bytes around it are not read", () => {
  const bytes = eventOf();
  const arena = new Uint8Array(3 * 4096).fill(0xff);
  arena.set(bytes, 4096);
  expect(decoder.decode(new DataView(arena.buffer), 4096, bytes.length)).toBeUndefined();
  expect(wrongSlots(decoder.reception.thread, 16)).toEqual([]);
  expect(decoder.reception.readComm()).toBe("a thread");
});

/** Checks a result that any bytes may lead to. @throws Error for any other result */
function checkOutcome(code: ErrorCode | undefined): void {
  const { thread, process, errno, tgid: owner } = decoder.reception;
  decoder.reception.readComm();
  if (owner !== undefined && !(owner > 0)) throw new Error(`tgid ${owner}`);
  if (code === undefined) {
    if (errno === undefined && !thread.present && !process.present) throw new Error("accepted, and nothing in it");
    if (errno !== undefined && errno < 0) throw new Error(`errno ${errno}`);
  } else if (errorTable[code].class !== "bytes") {
    throw new Error(`not an error of bytes: ${code}`);
  }
}

interface Form {
  readonly form: string;
  readonly bytes: Uint8Array;
  /** The version of its structs. */
  readonly version: number;
}

const forms: readonly Form[] = [
  { form: "thread's reply", version: 16, bytes: recordsOf({ thread: { id: tid, struct: structOf(16) } }) },
  { form: "process's reply", version: 16, bytes: recordsOf({ process: { id: tgid, struct: structOf(16) } }) },
  { form: "event", version: 16, bytes: eventOf() },
  { form: "event of version 15", version: 15, bytes: eventOf({ version: 15 }) },
  { form: "event of version 9 and 0", version: 9, bytes: eventOf({ version: 9, groupVersion: 0 }) },
  { form: "event with padding before", version: 16, bytes: eventOf({ padding: "before" }) },
  { form: "event with padding between", version: 16, bytes: eventOf({ padding: "between" }) },
  { form: "error", version: 16, bytes: writeError({ errno: 3, seq: 5, request: new Uint8Array(28) }) },
  { form: "acknowledgement", version: 16, bytes: writeError({ errno: 0, seq: 5 }) },
];

/** The offsets of all 16-bit attribute lengths. Walks the bytes as they were written. */
function attributeLengthsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: number[] = [];
  const walk = (from: number, end: number, nested: boolean): void => {
    for (let at = from; at < end; at += Math.ceil(view.getUint16(at, little) / 4) * 4) {
      found.push(at);
      const type = view.getUint16(at + 2, little);
      const isAggregate = type === types.AGGR_PID || type === types.AGGR_TGID;
      if (!nested && isAggregate) walk(at + 4, at + view.getUint16(at, little), true);
    }
  };
  if (view.getUint16(4, little) === familyId) walk(20, bytes.length, false);
  return found;
}

describe.each(forms)("a hostile $form", ({ bytes, version }) => {
  test("that is truncated at any byte is an error", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(["MESSAGE_TRUNCATED", "MESSAGE_LENGTH"]).toContain(decode(bytes.subarray(0, length)));
    }
  });

  test("whose length is beyond its buffer is an error", () => {
    const view = new DataView(bytes.slice().buffer);
    for (const more of [1, 4, 4096, 2 ** 31]) {
      expect(decoder.decode(view, 0, bytes.length + more)).toBe("MESSAGE_TRUNCATED");
    }
  });

  test("with a wrong message length gives an error or what was written", () => {
    const copy = bytes.slice();
    const view = new DataView(copy.buffer);
    const lengths = [...Array(bytes.length + 64).keys(), 2 ** 16, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];
    for (const length of lengths.filter((candidate) => candidate !== bytes.length)) {
      view.setUint32(0, length, little);
      const code = decoder.decode(view, 0, copy.length);
      checkOutcome(code);
      if (length < 16) expect(code).toBe("MESSAGE_LENGTH");
      if (length > bytes.length) expect(code).toBe("MESSAGE_TRUNCATED");
    }
  });

  test("with any wrong length of any attribute gives an error or what was written", () => {
    for (const at of attributeLengthsOf(bytes)) {
      const copy = bytes.slice();
      const view = new DataView(copy.buffer);
      const right = view.getUint16(at, little);
      for (let length = 0; length <= 0xffff; length++) {
        if (length === right) continue;
        view.setUint16(at, length, little);
        const code = decoder.decode(view, 0, copy.length);
        checkOutcome(code);
        if (code === undefined) checkWritten(version);
      }
    }
  });
});

/** After a wrong length was accepted: each part that is present is as it was written. */
function checkWritten(version: number): void {
  const { thread, process } = decoder.reception;
  const ids = { [tid]: thread, [tgid]: process };
  for (const [id, part] of Object.entries(ids)) {
    if (!part.present) continue;
    expect(part.id).toBe(Number(id));
    expect(wrongSlots(part, version)).toEqual([]);
  }
}

describe("random bytes", () => {
  const limits = { numRuns: 20_000, interruptAfterTimeLimit: 1000 };

  test("never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => checkOutcome(decode(bytes))),
      limits,
    );
  });

  test("behind a valid header never throw", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.constantFrom(2, familyId), (payload, type) => {
        const bytes = writeGenericMessage({ type }, [payload]);
        checkOutcome(decode(bytes));
      }),
      limits,
    );
  });

  test("over parts of valid datagrams never throw", () => {
    const form = fc.constantFrom(...forms);
    const change = fc.record({ at: fc.nat(1300), value: fc.nat(255) });
    fc.assert(
      fc.property(form, fc.array(change, { minLength: 1, maxLength: 8 }), ({ bytes }, changes) => {
        const copy = bytes.slice();
        for (const { at, value } of changes) copy[at % copy.length] = value;
        checkOutcome(decode(copy));
      }),
      limits,
    );
  });

  test("do not harm the decoding of the next valid datagram", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        decode(bytes);
        return decode(eventOf()) === undefined && wrongSlots(decoder.reception.thread, 16).length === 0;
      }),
      { numRuns: 500, interruptAfterTimeLimit: 1000 },
    );
  });
});
