/**
 * Decodes datagrams that were captured from real kernels. The expected values are in index.json beside them. They come from
 * wait4, /proc, the processes themselves and the kernel's type information: see test/support/capture.ts.
 */

import { readdirSync, readFileSync } from "node:fs";
import { endianness } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { AGROUP, fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { createDecoder, type Part, type Reception } from "../../src/taskstats/decode.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import type { Capture, CapturedRecord } from "../support/captured.ts";
import { memberName } from "../support/field-members.ts";

const root = join(import.meta.dirname, "../fixtures");
const bits = { u8: 8, s8: 8, u16: 16, u32: 32, u64: 64, s64: 64 };
const keys = fields.map(({ key }) => key as FieldKey);

const captures = readdirSync(root, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && /-v\d+$/.test(entry.name))
  .map(({ name }) => join(root, name))
  .map((directory) => ({
    directory,
    capture: JSON.parse(readFileSync(join(directory, "index.json"), "utf8")) as Capture,
  }));

// A datagram has the byte order of the machine on which it was captured.
const readable = captures.filter(({ capture }) => capture.byteOrder === endianness());

function decodeFile(directory: string, file: string, familyId: number): Reception {
  const bytes = Uint8Array.from(Buffer.from(readFileSync(join(directory, file), "latin1").replace(/\s/g, ""), "hex"));
  const { decode, reception } = createDecoder(familyId, createRecordReader(keys));
  expect(decode(new DataView(bytes.buffer), 0, bytes.length)).toBeUndefined();
  return reception;
}

/** The value that each field must have: the member as a number with the field's sign, or NaN. */
function expectedValues({ members }: CapturedRecord, scope: "group" | "thread"): Record<string, number> {
  const pairs = fields.map(({ key, width, scope: filled }) => {
    const member = members[memberName(key)];
    const absent = member === undefined || (scope === "group" && filled === "thread");
    const wrap = width.startsWith("s") ? BigInt.asIntN : BigInt.asUintN;
    return [key, absent ? NaN : Number(wrap(bits[width], BigInt(member)))] as const;
  });
  return Object.fromEntries(pairs);
}

function valuesOf(part: Part): Record<string, number> {
  return Object.fromEntries(fields.map(({ key }, slot) => [key, part.values[slot] ?? NaN]));
}

function checkPart(part: Part, record: CapturedRecord | undefined, scope: "group" | "thread"): void {
  expect(part.present).toBe(record !== undefined);
  if (record === undefined) return;
  expect(part.id).toBe(record.id);
  expect(valuesOf(part)).toEqual(expectedValues(record, scope));
  expect(valuesOf(part)).toMatchObject(record.facts);
}

describe.each(readable)(
  "a kernel $capture.kernel with struct version $capture.structVersion",
  ({ directory, capture }) => {
    const { datagrams, familyId, structVersion, structBytes, sums } = capture;
    const decode = (file: string): Reception => decodeFile(directory, file, familyId);

    test("has each of its files in the index, and each entry in a file", () => {
      const files = readdirSync(directory).filter((file) => file !== "index.json");
      expect(datagrams.map(({ file }) => file).sort()).toEqual(files.sort());
    });

    test.each(datagrams)("sent $file: $what", ({ file, seq, errno, thread, process }) => {
      const reception = decode(file);
      expect(reception.errno).toBe(errno);
      if (seq !== undefined) expect(reception.seq).toBe(seq);
      checkPart(reception.thread, thread, "thread");
      checkPart(reception.process, process, "group");
      for (const part of [reception.thread, reception.process].filter(({ present }) => present)) {
        expect(part.bytes).toBe(structBytes);
      }
      expect(reception.readComm()).toBe(thread?.comm ?? "");
      expect(reception.tgid).toBe(thread?.facts.ac_tgid);
    });

    test("marks the last thread of a process, and no other", () => {
      for (const { file, thread } of datagrams) {
        if (thread?.lastThread === undefined) continue;
        const flag = decode(file).thread.values[slotOf("ac_flag")] ?? NaN;
        expect({ file, last: (flag & AGROUP) !== 0 }).toEqual({ file, last: thread.lastThread });
      }
    });

    test("says in each struct of a thread which version it has", () => {
      for (const { file, thread } of datagrams) {
        if (thread !== undefined) expect(decode(file).thread.version).toBe(structVersion);
      }
    });

    test.each(sums)("sent events whose $member sum to what wait4 reported", ({ files, member, total }) => {
      const figures = files.map((file) => decode(file).thread.values[slotOf(member as FieldKey)] ?? NaN);
      expect(figures.reduce((sum, value) => sum + value, 0)).toBe(total);
    });
  },
);

test("there is a capture that this machine can read", () => {
  expect(captures).not.toEqual([]);
  expect(endianness() === "LE" ? readable : captures).not.toEqual([]);
});
