/** Reads every field of every version back from bytes that the tests' own writer has made. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { createRecord, createRecordReader, type RecordScope } from "../../src/taskstats/record.ts";
import { memberOf, sampleFigures, sampleValue } from "../support/field-members.ts";
import { futureVersion, structVersions } from "../support/struct-declarations.ts";
import { structLayout, writeStruct } from "../support/struct-writer.ts";

const keys = fields.map(({ key }) => key as FieldKey);
const reader = createRecordReader(keys);

/** Puts the bytes at the end of a buffer, so that a read past them throws. */
function atEnd(bytes: Uint8Array): { view: DataView; at: number } {
  const at = 24;
  const buffer = new ArrayBuffer(at + bytes.length);
  new Uint8Array(buffer).fill(0xaa).set(bytes, at);
  return { view: new DataView(buffer), at };
}

/** Puts the bytes before others, which must not be read. */
function poisoned(bytes: Uint8Array): { view: DataView; at: number } {
  const out = new Uint8Array(bytes.length + 1024).fill(0xaa);
  out.set(bytes, 16);
  return { view: new DataView(out.buffer), at: 16 };
}

function read(
  { view, at }: { view: DataView; at: number },
  length: number,
  { version, scope = "thread" }: { version: number; scope?: RecordScope },
): { accepted: boolean; out: Float64Array } {
  const out = createRecord().fill(-1);
  const accepted = reader.read(view, at, length, { scope, version, out });
  return { accepted, out };
}

/** The value that each slot must have after a read of a struct that is truncated to `length` bytes. */
function expected(version: number, length: number, wanted: (key: string) => boolean = () => true): number[] {
  return fields.map((field, slot) => {
    const member = memberOf(field.key, version);
    if (member === undefined || member.offset + member.size > length || !wanted(field.key)) return NaN;
    return field.key === "version" ? version : sampleValue(field, slot);
  });
}

describe.each(structVersions.map((version) => ({ version })))("a struct of version $version", ({ version }) => {
  const bytes = writeStruct(version, { ...sampleFigures(version), ac_comm: "fifteen-letters" });

  test("gives each of its fields as written, and NaN for each of later versions", () => {
    const { accepted, out } = read(atEnd(bytes), bytes.length, { version });
    expect(accepted).toBe(true);
    expect([...out]).toEqual(expected(version, bytes.length));
  });

  test("gives a process only the fields of sums", () => {
    const { out } = read(atEnd(bytes), bytes.length, { version, scope: "group" });
    const inGroup = new Set(fields.filter(({ scope }) => scope !== "thread").map(({ key }) => key));
    expect([...out]).toEqual(expected(version, bytes.length, (key) => inGroup.has(key)));
  });

  test("gives its command", () => {
    const { view, at } = atEnd(bytes);
    expect(reader.readComm(view, at, version)).toBe("fifteen-letters");
  });

  test("gives, when truncated at any length, the fields that are left, and is not read past that length", () => {
    for (let length = 0; length <= bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      const readable = length >= 272;
      const values = readable ? expected(version, length) : fields.map(() => -1);
      for (const place of [atEnd(cut), poisoned(cut)]) {
        const { accepted, out } = read(place, length, { version });
        // A comparison by expect for each of the many lengths would take seconds.
        if (accepted === readable && values.every((value, slot) => Object.is(out[slot], value))) continue;
        expect({ length, accepted, out: [...out] }).toEqual({ length, accepted: readable, out: values });
      }
    }
  });

  test("is refused if the datagram ends before the struct", () => {
    const { view, at } = atEnd(bytes.subarray(0, bytes.length - 1));
    expect(reader.read(view, at, bytes.length, { scope: "thread", version, out: createRecord() })).toBe(false);
  });
});

test.each(
  structVersions.filter((version) => version !== 15 && version !== futureVersion).map((version) => ({ version })),
)("a process's struct of version 0 is read as the version of its length: $version", ({ version }) => {
  const bytes = writeStruct(version, { ...sampleFigures(version), version: 0 });
  const { accepted, out } = read(atEnd(bytes), bytes.length, { version: 0, scope: "group" });
  expect(accepted).toBe(true);
  const inGroup = new Set(fields.filter(({ scope }) => scope === "group").map(({ key }) => key));
  const values = expected(version, bytes.length, (key) => inGroup.has(key));
  values[slotOf("version")] = 0;
  expect([...out]).toEqual(values);
});

test("versions 15 and 16 have the same size and different layouts", () => {
  expect(structLayout(15).bytes).toBe(structLayout(16).bytes);
  const bytes = writeStruct(15, sampleFigures(15));
  expect([...read(atEnd(bytes), 560, { version: 16 }).out]).not.toEqual(expected(15, 560));
});

test("a struct of a version before 4 is refused", () => {
  const bytes = writeStruct(4, {});
  for (const version of [1, 2, 3]) expect(read(atEnd(bytes), bytes.length, { version }).accepted).toBe(false);
});

test("only the wanted fields are read", () => {
  const few = createRecordReader(["ac_minflt", "nvcsw"]);
  const bytes = writeStruct(16, { ac_minflt: 7, nvcsw: 8, ac_majflt: 9 });
  const out = createRecord();
  few.read(new DataView(bytes.buffer), 0, bytes.length, { scope: "thread", version: 16, out });
  expect(out[slotOf("ac_minflt")]).toBe(7);
  expect(out[slotOf("nvcsw")]).toBe(8);
  expect([...out].filter((value) => !Number.isNaN(value))).toHaveLength(2);
});

test("a record that is read into again keeps nothing of the one before", () => {
  const out = createRecord();
  for (const version of [17, 4]) {
    const bytes = writeStruct(version, sampleFigures(version));
    reader.read(new DataView(bytes.buffer), 0, bytes.length, { scope: "thread", version, out });
  }
  expect([...out]).toEqual(expected(4, 272));
});

test("absent fields are NaN in each array that structs of two lengths are read into by turns", () => {
  const arrays = [createRecord().fill(-1), createRecord().fill(-1)];
  const bytes = writeStruct(17, sampleFigures(17));
  for (const length of [bytes.length, 400, 400, bytes.length, 272]) {
    for (const out of arrays) {
      reader.read(new DataView(bytes.buffer), 0, length, { scope: "thread", version: 17, out });
      expect([...out]).toEqual(expected(17, length));
    }
  }
});

test("counters are exact up to the largest whole number that a double holds, and close above", () => {
  const slot = slotOf("ac_minflt");
  const readBack = (value: bigint): number => {
    const bytes = writeStruct(16, { ac_minflt: value });
    return read(atEnd(bytes), bytes.length, { version: 16 }).out[slot] ?? NaN;
  };
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => readBack(value) === Number(value)),
    { numRuns: 500, interruptAfterTimeLimit: 1000 },
  );
  expect(readBack(2n ** 53n - 1n)).toBe(Number.MAX_SAFE_INTEGER);
  expect(readBack(2n ** 64n - 1n)).toBe(2 ** 64);
});

test("after structs of many lengths, a struct is still read correctly", () => {
  const bytes = writeStruct(16, sampleFigures(16));
  for (let length = 272; length <= 560; length++) read(atEnd(bytes.subarray(0, length)), length, { version: 16 });
  expect([...read(atEnd(bytes), 560, { version: 16 }).out]).toEqual(expected(16, 560));
});

describe("ac_comm", () => {
  const commAt = 80;

  function readComm(comm: Uint8Array): string {
    const bytes = writeStruct(16, {});
    bytes.fill(0xff, commAt, commAt + 32);
    bytes.set(comm, commAt);
    const { view, at } = atEnd(bytes);
    return reader.readComm(view, at, 16);
  }

  const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

  test("ends at the first NUL", () => {
    expect(readComm(utf8("cat\0dog\0"))).toBe("cat");
    expect(readComm(utf8("\0"))).toBe("");
    expect(readComm(utf8("müller\0"))).toBe("müller");
    expect(readComm(utf8("mül\0ler\0"))).toBe("mül");
  });

  test("ends after its 32 bytes if there is no NUL", () => {
    expect(readComm(utf8("x".repeat(32)))).toBe("x".repeat(32));
    expect(readComm(utf8("é".repeat(16)))).toBe("é".repeat(16));
  });

  test("has U+FFFD in the place of bytes that are not UTF-8", () => {
    expect(readComm(new Uint8Array([0x61, 0xff, 0x62, 0]))).toBe("a\ufffdb");
  });

  test("keeps a byte order mark, which is part of the name", () => {
    expect(readComm(utf8("\ufeffcat\0"))).toBe("\ufeffcat");
  });

  test("is decoded as the program decodes the same bytes of /proc", () => {
    fc.assert(
      fc.property(fc.uint8Array({ max: 255, min: 1, maxLength: 15 }), (name) => {
        expect(readComm(new Uint8Array([...name, 0]))).toBe(Buffer.from(name).toString("utf8"));
      }),
      { interruptAfterTimeLimit: 1000 },
    );
  });
});
