/** Reads one `struct taskstats` into an array of numbers, in the kernel's units. It never reads past the given length. */

import { littleEndian, readUint16, readUint32, readUint64 } from "../base/byte-order.ts";
import type { Field } from "../fields/field.ts";
import { fields, type FieldKey } from "../fields/fields.ts";
import { createCommReader } from "./comm.ts";
import { commOffset, createLayout, smallestStructBytes, versionOfLength, type Layout } from "./layout.ts";

/** One slot per field. A field that the struct does not have is NaN, since absent is not zero. */
export type RecordValues = Float64Array;

/** Creates an array of figures in which all fields are absent. */
export function createRecord(): RecordValues {
  return new Float64Array(fields.length).fill(NaN);
}

/** A struct holds the figures of one thread, or the sums of a process ("group": a thread group), which fill far fewer fields. */
export type RecordScope = "group" | "thread";

/** Reads structs of any version. Keeps the layout of each version, length and scope that it has read. */
export interface RecordReader {
  /**
   * Reads the struct of `length` bytes at `at` into `out`. Bytes behind the last known field are ignored.
   *
   * @param version the version of the layout; 0 means the newest version that fits in `length`
   * @returns false if the struct is too short or too old to be read; `out` is then unchanged
   */
  read(
    view: DataView,
    at: number,
    length: number,
    options: { scope: RecordScope; version: number; out: RecordValues },
  ): boolean;
  /** Reads ac_comm of a struct that `read` has accepted. Bytes that are not UTF-8 become U+FFFD. */
  readComm(view: DataView, at: number, version: number): string;
}

type ReadScope = (view: DataView, at: number, version: number, length: number, out: RecordValues) => void;

/** Reads structs of one scope. Most are of one layout and are read into one array: neither is looked for then, nor absent fields written. */
function createScopeReader(wanted: readonly FieldKey[]): ReadScope {
  const layouts = new Map<number, Layout>();
  let latest = createLayout(0, 0, []);
  let latestKey = NaN;
  /** The array whose absent fields are those of the latest layout. */
  let filled: RecordValues | undefined;

  function layoutOf(version: number, length: number, key: number): Layout {
    let layout = layouts.get(key);
    if (layout === undefined) {
      // A kernel sends structs of one version and length, or of two with AGGR_TGID. Hostile lengths must not fill the memory.
      if (layouts.size > 32) layouts.clear();
      layout = createLayout(version, length, wanted);
      layouts.set(key, layout);
    }
    return layout;
  }

  return (view, at, version, length, out) => {
    const key = version * 65_536 + length;
    if (key !== latestKey || out !== filled) {
      latest = layoutOf(version, length, key);
      latestKey = key;
      filled = out;
      for (const slot of latest.absentSlots) out[slot] = NaN;
    }
    fill(view, at, latest, out);
  };
}

/** @param wanted the fields to read; all others are NaN and cost no time */
export function createRecordReader(wanted: readonly FieldKey[]): RecordReader {
  const groupScoped = new Set(fields.filter((field) => field.scope !== "thread").map((field) => field.key));
  const readThread = createScopeReader(wanted);
  const readGroup = createScopeReader(wanted.filter((key) => groupScoped.has(key)));
  const readName = createCommReader();

  return {
    read(view, at, length, { scope, version, out }) {
      const known = version === 0 ? versionOfLength(length) : version;
      if (length < smallestStructBytes || known < 4 || at + length > view.byteLength) return false;
      if (scope === "thread") readThread(view, at, known, length, out);
      else readGroup(view, at, known, length, out);
      return true;
    },
    readComm: (view, at, version) => readName(view, at + commOffset(version)),
  };
}

function fill(view: DataView, at: number, layout: Layout, out: RecordValues): void {
  const { counterSlots, counterOffsets, wordSlots, wordOffsets, others } = layout;
  for (let index = 0; index < counterSlots.length; index++) {
    out[counterSlots[index] as number] = readUint64(view, at + (counterOffsets[index] as number));
  }
  for (let index = 0; index < wordSlots.length; index++) {
    out[wordSlots[index] as number] = readUint32(view, at + (wordOffsets[index] as number));
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
      return readUint16(view, at);
    case "u32":
      return readUint32(view, at);
    case "u64":
      return readUint64(view, at);
    case "s64":
      return Number(view.getBigInt64(at, littleEndian));
  }
}
