/**
 * The running kernel's own type information: where the members of a struct are. Source: Documentation/bpf/btf.rst.
 */

import { readFileSync } from "node:fs";
import { endianness } from "node:os";

const little = endianness() === "LE";

const kinds = { INT: 1, ARRAY: 3, STRUCT: 4, TYPEDEF: 8 } as const;

/** Bytes behind the header of a type: a constant, and so many for each of its `vlen` parts. */
const tails: Readonly<Record<number, readonly [fixed: number, each: number]>> = {
  1: [4, 0], 3: [12, 0], 4: [0, 12], 5: [0, 12], 6: [0, 8], 13: [0, 8], 14: [4, 0], 15: [0, 12], 17: [4, 0], 19: [0, 12],
}; // prettier-ignore

interface Type {
  readonly name: string;
  readonly kind: number;
  readonly parts: number;
  readonly bitfields: boolean;
  /** Size in bytes, or the id of the type it refers to. */
  readonly sizeOrType: number;
  readonly tailAt: number;
}

export interface KernelMember {
  readonly offset: number;
  /** Bytes; of an array all of it. */
  readonly size: number;
  readonly array: boolean;
}

export interface KernelStruct {
  readonly bytes: number;
  /** Members of nested structs are named `outer.inner`. */
  readonly members: ReadonlyMap<string, KernelMember>;
}

/** @throws Error where the kernel has no such type, or no type information */
export function readKernelStruct(name: string, path = "/sys/kernel/btf/vmlinux"): KernelStruct {
  const bytes = readFileSync(path);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const u32 = (at: number): number => view.getUint32(at, little);
  const [headerBytes, typesAt, typesBytes, stringsAt] = [u32(4), u32(8), u32(12), u32(16)];

  function text(offset: number): string {
    const from = headerBytes + stringsAt + offset;
    return bytes.toString("latin1", from, bytes.indexOf(0, from));
  }

  const types: (Type | undefined)[] = [undefined];
  const end = headerBytes + typesAt + typesBytes;
  for (let at = headerBytes + typesAt; at < end;) {
    const info = u32(at + 4);
    const kind = (info >>> 24) & 0x1f;
    const parts = info & 0xffff;
    const isWanted = kind === kinds.STRUCT || kind === kinds.INT || kind === kinds.TYPEDEF;
    const name = isWanted ? text(u32(at)) : "";
    types.push({ name, kind, parts, bitfields: info >>> 31 === 1, sizeOrType: u32(at + 8), tailAt: at + 12 });
    const [fixed, each] = tails[kind] ?? [0, 0];
    at += 12 + fixed + each * parts;
  }

  function typeOf(id: number): Type {
    const type = types[id];
    if (type === undefined) throw new Error(`no type ${id}`);
    return type.kind === kinds.TYPEDEF ? typeOf(type.sizeOrType) : type;
  }

  function membersOf({ parts, tailAt, bitfields }: Type, prefix: string, base: number): [string, KernelMember][] {
    return Array.from({ length: parts }, (_, index) => tailAt + index * 12).flatMap((at) => {
      const bits = bitfields ? u32(at + 8) & 0xff_ffff : u32(at + 8);
      const offset = base + bits / 8;
      const type = typeOf(u32(at + 4));
      const member = `${prefix}${text(u32(at))}`;
      if (type.kind === kinds.STRUCT) return membersOf(type, `${member}.`, offset);
      const array = type.kind === kinds.ARRAY;
      const size = array ? u32(type.tailAt + 8) * typeOf(u32(type.tailAt)).sizeOrType : type.sizeOrType;
      return [[member, { offset, size, array }] as [string, KernelMember]];
    });
  }

  const found = types.find((type) => type?.kind === kinds.STRUCT && type.name === name);
  if (found === undefined) throw new Error(`no struct ${name}`);
  return { bytes: found.sizeOrType, members: new Map(membersOf(found, "", 0)) };
}
