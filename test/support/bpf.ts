/** Runs a classic BPF program as the kernel does, as far as socket filters here use it. Source: net/core/filter.c. */

import type { Instruction } from "../../src/netlink/bpf.ts";

/** @returns how many bytes of the datagram are kept; 0 drops it. @throws RangeError for an unknown instruction */
export function runFilter(program: readonly Instruction[], datagram: Uint8Array): number {
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength);
  let accumulator = 0;
  let index = 0;
  for (let at = 0; at < program.length; at++) {
    const { code, jt, jf, k } = program[at] as Instruction;
    if (code === 0x20) {
      // A load past the end drops the datagram.
      if (k + 4 > view.byteLength) return 0;
      accumulator = view.getUint32(k);
    } else if (code === 0x15) {
      at += accumulator === k ? jt : jf;
    } else if (code === 0x1d) {
      at += accumulator === index ? jt : jf;
    } else if (code === 0x07) {
      index = accumulator;
    } else if (code === 0x06) {
      return Math.min(k, view.byteLength);
    } else {
      throw new RangeError(`instruction ${code}`);
    }
  }
  throw new RangeError("the program has no end");
}
