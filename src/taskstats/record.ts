/**
 * Reads one `struct taskstats` into a row of numbers, in kernel units. Never reads past the length it was given.
 */

import { littleEndian } from "../base/byte-order.ts";
import type { Field } from "../fields/field.ts";
import { commField, fields, type FieldKey } from "../fields/fields.ts";
import { commOffset, createLayout, smallestStructBytes, versionOfLength, type Layout } from "./layout.ts";

/** One slot per row of the field table; NaN where this record does not have the field: absent is not zero. */
export type RecordValues = Float64Array;

/** A row of which nothing is known yet. */
export function createRecord(): RecordValues {
  return new Float64Array(fields.length).fill(NaN);
}

/** Whose figures a struct holds: one thread's, or the sums of a thread group, which fill far fewer fields. */
export type RecordScope = "group" | "thread";

/** Reads structs of any version. It holds one layout per version, length and scope it has met. */
export interface RecordReader {
  /**
   * Reads the struct at `at`, `length` bytes long, into `out`. Bytes beyond the known layout are ignored.
   *
   * @param version what the struct says of itself, or what to take it for where that is 0
   * @returns false where the struct is too short or too old to be read; `out` is then unchanged
   */
  read(
    view: DataView,
    at: number,
    length: number,
    options: { scope: RecordScope; version: number; out: RecordValues },
  ): boolean;
  /** The text of ac_comm in a struct that `read` accepted. Bytes that are not UTF-8 become U+FFFD. */
  readComm(view: DataView, at: number, version: number): string;
}

const two32 = 2 ** 32;

/** @param wanted the fields to read; the others stay NaN and cost nothing */
export function createRecordReader(wanted: readonly FieldKey[]): RecordReader {
  const groupScoped = new Set(fields.filter((field) => field.scope !== "thread").map((field) => field.key));
  const wantedOf: Record<RecordScope, readonly FieldKey[]> = {
    thread: wanted,
    group: wanted.filter((key) => groupScoped.has(key)),
  };
  const layouts: Record<RecordScope, Map<number, Layout>> = { thread: new Map(), group: new Map() };

  function layoutOf(scope: RecordScope, version: number, length: number): Layout {
    const key = version * 65_536 + length;
    let layout = layouts[scope].get(key);
    if (layout === undefined) {
      // Hostile lengths must not fill the memory: a real kernel sends one form, or two with AGGR_TGID.
      if (layouts[scope].size > 32) layouts[scope].clear();
      layout = createLayout(version, length, wantedOf[scope]);
      layouts[scope].set(key, layout);
    }
    return layout;
  }

  return {
    read(view, at, length, { scope, version, out }) {
      const known = version === 0 ? versionOfLength(length) : version;
      if (length < smallestStructBytes || known < 4 || at + length > view.byteLength) return false;
      fill(view, at, layoutOf(scope, known, length), out);
      return true;
    },
    readComm(view, at, version) {
      return readText(view, at + commOffset(version), commField.bytes);
    },
  };
}

/** Two 32-bit reads instead of a BigInt: exact below 2^53, and a third of the time. */
function fill(view: DataView, at: number, layout: Layout, out: RecordValues): void {
  const { counterSlots, counterOffsets, others } = layout;
  const low = littleEndian ? 0 : 4;
  out.fill(NaN);
  for (let index = 0; index < counterSlots.length; index++) {
    const from = at + (counterOffsets[index] as number);
    out[counterSlots[index] as number] =
      view.getUint32(from + low, littleEndian) + view.getUint32(from + 4 - low, littleEndian) * two32;
  }
  for (const place of others) out[place.slot] = readNumber(view, at + place.at, place.width);
}

function readNumber(view: DataView, at: number, width: Field["width"]): number {
  switch (width) {
    case "u8":
      return view.getUint8(at);
    case "s8":
      return view.getInt8(at);
    case "u16":
      return view.getUint16(at, littleEndian);
    case "u32":
      return view.getUint32(at, littleEndian);
    case "u64":
      return Number(view.getBigUint64(at, littleEndian));
    case "s64":
      return Number(view.getBigInt64(at, littleEndian));
  }
}

/** A byte order mark is kept: /proc keeps it too, and the two texts are compared. */
const utf8 = new TextDecoder("utf-8", { ignoreBOM: true });

function readText(view: DataView, at: number, limit: number): string {
  let text = "";
  let end = 0;
  for (; end < limit; end++) {
    const byte = view.getUint8(at + end);
    if (byte === 0) return text;
    if (byte > 0x7f) break;
    text += String.fromCharCode(byte);
  }
  if (end === limit) return text;
  // A byte beyond ASCII: the slow way, for the whole text.
  const bytes = new Uint8Array(view.buffer, view.byteOffset + at, limit);
  const nul = bytes.indexOf(0);
  return utf8.decode(nul < 0 ? bytes : bytes.subarray(0, nul));
}
