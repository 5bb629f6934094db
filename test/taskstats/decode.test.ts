/** Datagrams of all forms, whole, cut, with lengths that lie, and random: an error code or what was written, no third. */

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

/** Decodes bytes that end with their buffer, so that a read past them throws. */
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

/** Slots whose value is neither the one written nor absent. */
function wrongSlots({ values }: Part, version: number): string[] {
  return fields.flatMap((field, slot) => {
    const value = values[slot] as number;
    const known = memberOf(field.key, version) !== undefined && field.key !== "version";
    return Number.isNaN(value) || field.key === "version" || (known && value === sampleValue(field, slot))
      ? []
      : [`${field.key}=${value}`];
  });
}

/** Slots that a part has. */
const presentSlots = ({ values }: Part): number => [...values].filter((value) => !Number.isNaN(value)).length;

const inVersion = (version: number, scopes: readonly string[]): number =>
  fields.filter(({ key, scope }) => scopes.includes(scope) && memberOf(key, version) !== undefined).length;

describe.each(structVersions.map((version) => ({ version })))("version $version", ({ version }) => {
  test("a reply for a thread holds all its fields, its id and its command", () => {
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

  test("a reply for a process holds the fields of a group alone, and the id beside it", () => {
    expect(decode(recordsOf({ process: { id: tgid, struct: structOf(version) } }))).toBeUndefined();
    const { thread, process } = decoder.reception;
    expect(thread.present).toBe(false);
    expect({ present: process.present, id: process.id }).toEqual({ present: true, id: tgid });
    expect(wrongSlots(process, version)).toEqual([]);
    expect(presentSlots(process)).toBe(inVersion(version, ["group", "header"]));
  });

  test.each(["none", "before", "between"] as const)("an event of a last thread holds both, padding: %s", (padding) => {
    expect(decode(eventOf({ version, padding }))).toBeUndefined();
    const { thread, process } = decoder.reception;
    expect([thread.id, process.id]).toEqual([tid, tgid]);
    expect([...wrongSlots(thread, version), ...wrongSlots(process, version)]).toEqual([]);
    expect(presentSlots(thread)).toBe(inVersion(version, ["thread", "group", "header"]));
    expect(presentSlots(process)).toBe(inVersion(version, ["group", "header"]));
  });

  test("a group's struct of version 0 has the layout of the thread's beside it", () => {
    expect(decode(eventOf({ version, groupVersion: 0 }))).toBeUndefined();
    const { process } = decoder.reception;
    expect(process.version).toBe(0);
    expect(wrongSlots(process, version)).toEqual([]);
    expect(presentSlots(process)).toBe(inVersion(version, ["group", "header"]));
  });

  test("the process of a thread is told from version 12 on", () => {
    decode(recordsOf({ thread: { id: tid, struct: structOf(version) } }));
    expect(decoder.reception.tgid).toBe(version >= 12 ? sampleFigures(version).ac_tgid : undefined);
  });
});

test("the padding of a strict-alignment machine puts the first struct at a multiple of eight", () => {
  // So that the two padded forms above are what such a machine sends.
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

test("attributes that nobody knows are passed over", () => {
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
  test.each([1, 3, 22, 34, 105])("errno %i is told with the number of its request", (errno) => {
    expect(decode(writeError({ errno, seq: 12, request: new Uint8Array(28) }))).toBeUndefined();
    expect(decoder.reception.errno).toBe(errno);
    expect(decoder.reception.seq).toBe(12);
    expect(decoder.reception.thread.present || decoder.reception.process.present).toBe(false);
  });

  test("an acknowledgement is errno 0", () => {
    expect(decode(writeError({ errno: 0, seq: 12 }))).toBeUndefined();
    expect(decoder.reception.errno).toBe(0);
  });

  test("an error that is no errno is refused", () => {
    expect(decode(writeError({ errno: -5, seq: 1 }))).toBe("MESSAGE_TYPE");
    expect(decoder.reception.errno).toBeUndefined();
  });

  test("the next record clears the errno", () => {
    decode(writeError({ errno: 3, seq: 12 }));
    decode(eventOf());
    expect(decoder.reception.errno).toBeUndefined();
  });
});

describe("what is not a record", () => {
  test("is told by its type", () => {
    expect(decode(writeRecords({ type: familyId + 1 }, { thread: { id: 1, struct: structOf(16) } }))).toBe(
      "MESSAGE_TYPE",
    );
  });

  test("is told where the id is missing, or the struct, or both", () => {
    const id = writeAttribute(types.PID, new Uint8Array(4));
    const stats = writeAttribute(types.STATS, structOf(16));
    for (const inner of [[id], [stats], []]) {
      const outer = writeAttribute(types.AGGR_PID, concat(inner));
      expect(decode(writeGenericMessage({ type: familyId }, [outer]))).toBe("RECORD_MISSING");
    }
    expect(decode(writeGenericMessage({ type: familyId }, []))).toBe("RECORD_MISSING");
    expect(decode(writeGenericMessage({ type: familyId }, [id, stats]))).toBe("RECORD_MISSING");
  });

  test("is told where the id stands for the other kind", () => {
    const wrong = concat([writeAttribute(types.TGID, new Uint8Array(4)), writeAttribute(types.STATS, structOf(16))]);
    expect(decode(writeGenericMessage({ type: familyId }, [writeAttribute(types.AGGR_PID, wrong)]))).toBe(
      "RECORD_MISSING",
    );
  });

  test("is told where the struct is older than version 4 or smaller than that", () => {
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

test("a reception without a thread has no command and no process of that thread", () => {
  decode(eventOf());
  decode(recordsOf({ process: { id: tgid, struct: structOf(4) } }));
  expect(decoder.reception.readComm()).toBe("");
  expect(decoder.reception.tgid).toBeUndefined();
  decode(new Uint8Array(3));
  expect(decoder.reception.readComm()).toBe("");
});

test("a datagram is decoded at its place in an arena, and what lies around it is not looked at", () => {
  const bytes = eventOf();
  const arena = new Uint8Array(3 * 4096).fill(0xff);
  arena.set(bytes, 4096);
  expect(decoder.decode(new DataView(arena.buffer), 4096, bytes.length)).toBeUndefined();
  expect(wrongSlots(decoder.reception.thread, 16)).toEqual([]);
  expect(decoder.reception.readComm()).toBe("a thread");
});

/** What any bytes may lead to; an exception is none of it. */
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
  /** Of the structs in it. */
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

/** Offsets of all 16-bit attribute lengths, found by walking the bytes as they were written. */
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
  test("cut at any byte is an error", () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(["MESSAGE_TRUNCATED", "MESSAGE_LENGTH"]).toContain(decode(bytes.subarray(0, length)));
    }
  });

  test("said to be longer than its buffer is an error", () => {
    const view = new DataView(bytes.slice().buffer);
    for (const more of [1, 4, 4096, 2 ** 31]) {
      expect(decoder.decode(view, 0, bytes.length + more)).toBe("MESSAGE_TRUNCATED");
    }
  });

  test("with a wrong message length is an error or what was written", () => {
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

  test("with any attribute's length set to any wrong value is an error or what was written", () => {
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

/** Of a datagram that was accepted with a wrong length, what is present is what was written. */
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

  test("never make an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1500 }), (bytes) => checkOutcome(decode(bytes))),
      limits,
    );
  });

  test("behind a plausible header never make an exception", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), fc.constantFrom(2, familyId), (payload, type) => {
        const bytes = writeGenericMessage({ type }, [payload]);
        checkOutcome(decode(bytes));
      }),
      limits,
    );
  });

  test("written over parts of valid datagrams never make an exception", () => {
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

  test("leave a decoder that reads the next good datagram rightly", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 700 }), (bytes) => {
        decode(bytes);
        return decode(eventOf()) === undefined && wrongSlots(decoder.reception.thread, 16).length === 0;
      }),
      { numRuns: 500, interruptAfterTimeLimit: 1000 },
    );
  });
});
