/**
 * Classic BPF programs, by which the kernel filters the datagrams of a socket: the instructions that are used, and their encoding.
 * Source: include/uapi/linux/filter.h, struct sock_filter; Documentation/networking/filter.rst.
 */

import { littleEndian } from "../base/byte-order.ts";

/** One instruction, struct sock_filter. */
export interface Instruction {
  readonly code: number;
  /** How many instructions a comparison skips: `jt` where it holds, `jf` where it does not. */
  readonly jt: number;
  readonly jf: number;
  readonly k: number;
}

const BPF_LD_W_ABS = 0x20;
const BPF_JMP_JEQ_K = 0x15;
const BPF_JMP_JEQ_X = 0x1d;
const BPF_MISC_TAX = 0x07;
const BPF_RET_K = 0x06;

/** sizeof(struct sock_filter) */
const instructionBytes = 8;

/** Loads the 32-bit word at this offset of the datagram, always as a big-endian number. */
export const loadWord = (at: number): Instruction => ({ code: BPF_LD_W_ABS, jt: 0, jf: 0, k: at });

/** Skips `then` instructions where the loaded word equals `value`, and `otherwise` where it does not. */
export const jumpIfEqual = (value: number, then: number, otherwise: number): Instruction => ({
  code: BPF_JMP_JEQ_K,
  jt: then,
  jf: otherwise,
  k: value,
});

/** Copies the loaded word into the register X. `jumpIfKept` compares a word that is loaded later with it. */
export const keepWord: Instruction = { code: BPF_MISC_TAX, jt: 0, jf: 0, k: 0 };

/** As `jumpIfEqual`, but compares with the word that `keepWord` kept. */
export const jumpIfKept = (then: number, otherwise: number): Instruction => ({
  code: BPF_JMP_JEQ_X,
  jt: then,
  jf: otherwise,
  k: 0,
});

/** Ends the program, and keeps the first `length` bytes of the datagram; 0 drops the datagram. */
export const keepBytes = (length: number): Instruction => ({ code: BPF_RET_K, jt: 0, jf: 0, k: length });

/** Converts a word of this machine's byte order to the number that `loadWord` loads for it (htonl). */
export function asLoaded(word: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, word, littleEndian);
  return view.getUint32(0);
}

/** Encodes the program as an array of struct sock_filter. */
export function encodeProgram(program: readonly Instruction[]): Uint8Array {
  const view = new DataView(new ArrayBuffer(program.length * instructionBytes));
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * instructionBytes;
    view.setUint16(at, code, littleEndian);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, littleEndian);
  }
  return new Uint8Array(view.buffer);
}
