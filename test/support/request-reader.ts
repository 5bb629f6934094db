/** Reads requests as the kernel does (net/netlink/af_netlink.c, netlink_rcv_skb; lib/nlattr.c). Independent of src/. */

import { endianness } from "node:os";

const little = endianness() === "LE";

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;

export interface Request {
  /** The whole message, as an error repeats it. */
  readonly bytes: Uint8Array;
  readonly type: number;
  readonly seq: number;
  readonly wantsAck: boolean;
  readonly command: number;
  readonly version: number;
  /** Attributes of four bytes, as u32. */
  readonly numbers: ReadonlyMap<number, number>;
  /** All attributes, as text up to the first NUL. */
  readonly texts: ReadonlyMap<number, string>;
}

const align = (length: number): number => Math.ceil(length / 4) * 4;

/** The requests of one datagram, up to the first whose length does not fit. */
export function readRequests(datagram: Uint8Array): Request[] {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  const found: Request[] = [];
  for (let at = 0; view.byteLength - at >= 16;) {
    const length = view.getUint32(at, little);
    if (length < 16 || length > view.byteLength - at) break;
    const flags = view.getUint16(at + 6, little);
    if ((flags & NLM_F_REQUEST) !== 0 && length >= 20) {
      found.push(readRequest(datagram.slice(at, at + length), flags));
    }
    at += align(length);
  }
  return found;
}

function readRequest(bytes: Uint8Array, flags: number): Request {
  const view = new DataView(bytes.buffer);
  const numbers = new Map<number, number>();
  const texts = new Map<number, string>();
  for (let at = 20; bytes.length - at >= 4;) {
    const length = view.getUint16(at, little);
    if (length < 4 || length > bytes.length - at) break;
    const type = view.getUint16(at + 2, little) & 0x3fff;
    if (length === 8) numbers.set(type, view.getUint32(at + 4, little));
    const text = Buffer.from(bytes.subarray(at + 4, at + length)).toString("latin1");
    texts.set(type, text.split("\0")[0] ?? "");
    at += align(length);
  }
  return {
    bytes,
    type: view.getUint16(4, little),
    seq: view.getUint32(8, little),
    wantsAck: (flags & NLM_F_ACK) !== 0,
    command: view.getUint8(16),
    version: view.getUint8(17),
    numbers,
    texts,
  };
}

/** The CPUs of a list such as `0-3,5`; none for an empty one; undefined for bad syntax. */
export function parseCpulist(list: string): number[] | undefined {
  if (list === "") return [];
  const cpus: number[] = [];
  for (const range of list.split(",")) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(range) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    for (let cpu = Number(first); cpu <= Number(last); cpu++) cpus.push(cpu);
  }
  return cpus;
}
