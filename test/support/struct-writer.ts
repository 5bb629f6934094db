/** Writes `struct taskstats` of any version, byte for byte as a 64-bit kernel lays it out. Independent of src/. */

import { endianness } from "node:os";
import { declarationsOf } from "./struct-declarations.ts";

const little = endianness() === "LE";

/** Size and alignment of the C types that occur, on 64-bit machines. */
const sizes: Readonly<Record<string, number>> = { char: 1, __u8: 1, __u16: 2, __u32: 4, __u64: 8, __s64: 8 };

/** One member; a member of a `struct __kernel_timespec` has a name such as `cpu_delay_max_ts.tv_sec`. */
export interface Member {
  readonly name: string;
  readonly offset: number;
  /** Bytes of one element. */
  readonly size: number;
  /** Elements of an array; 1 for all else. */
  readonly count: number;
}

export interface StructLayout {
  readonly members: ReadonlyMap<string, Member>;
  /** sizeof */
  readonly bytes: number;
}

/** Values by member name; those left out are zero, but for `version`, which is the version written. */
export type StructValues = Readonly<Record<string, number | bigint | string>>;

const declaration = /^(?:struct )?(\w+) (\w+)(?:\[(\d+)\])?( __attribute__\(\(aligned\((\d+)\)\)\))?$/;

interface Declared {
  readonly name: string;
  readonly size: number;
  readonly count: number;
  readonly alignment: number;
}

function parseDeclaration(text: string): Declared[] {
  const [, type = "", name = "", count = "1", , aligned] = declaration.exec(text) ?? [];
  if (type === "__kernel_timespec") {
    return ["tv_sec", "tv_nsec"].map((half) => ({ name: `${name}.${half}`, size: 8, count: 1, alignment: 8 }));
  }
  const size = sizes[type];
  if (size === undefined) throw new Error(`not a declaration: ${text}`);
  return [{ name, size, count: Number(count), alignment: Math.max(size, Number(aligned ?? 1)) }];
}

const alignUp = (at: number, alignment: number): number => Math.ceil(at / alignment) * alignment;

const layouts = new Map<number, StructLayout>();

/** The members of one version with the offsets that C's rules give them. */
export function structLayout(version: number): StructLayout {
  const known = layouts.get(version);
  if (known !== undefined) return known;
  const members = new Map<string, Member>();
  const texts = declarationsOf(version)
    .split(";")
    .map((text) => text.trim().replace(/\s+/g, " "));
  let end = 0;
  let widest = 1;
  for (const { name, size, count, alignment } of texts.filter((text) => text !== "").flatMap(parseDeclaration)) {
    const offset = alignUp(end, alignment);
    members.set(name, { name, offset, size, count });
    end = offset + size * count;
    widest = Math.max(widest, alignment);
  }
  const layout = { members, bytes: alignUp(end, widest) };
  layouts.set(version, layout);
  return layout;
}

function writeMember(view: DataView, { name, offset, size, count }: Member, value: number | bigint | string): void {
  if (typeof value === "string") {
    const text = new TextEncoder().encode(value);
    if (size !== 1 || text.length > count) throw new RangeError(`${name}: no room for "${value}"`);
    new Uint8Array(view.buffer, view.byteOffset + offset).set(text);
    return;
  }
  const bits = BigInt(value);
  if (BigInt.asUintN(size * 8, bits) !== bits && BigInt.asIntN(size * 8, bits) !== bits) {
    throw new RangeError(`${name}: ${value} does not fit in ${size} bytes`);
  }
  if (size === 8) view.setBigUint64(offset, BigInt.asUintN(64, bits), little);
  else if (size === 4) view.setUint32(offset, Number(BigInt.asUintN(32, bits)), little);
  else if (size === 2) view.setUint16(offset, Number(BigInt.asUintN(16, bits)), little);
  else view.setUint8(offset, Number(BigInt.asUintN(8, bits)));
}

/** @throws RangeError for a member that this version does not have, and for a value that does not fit */
export function writeStruct(version: number, values: StructValues): Uint8Array {
  const { members, bytes } = structLayout(version);
  const out = new Uint8Array(bytes);
  const view = new DataView(out.buffer);
  for (const [name, value] of Object.entries({ version, ...values })) {
    const member = members.get(name);
    if (member === undefined) throw new RangeError(`version ${version} has no member ${name}`);
    writeMember(view, member, value);
  }
  return out;
}
