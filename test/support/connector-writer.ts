/**
 * Writes the messages of the process connector, byte for byte. Independent of src/.
 * Sources: include/uapi/linux/connector.h, include/uapi/linux/cn_proc.h.
 */

import { endianness } from "node:os";
import { concat, writeMessage } from "./message-writer.ts";

const little = endianness() === "LE";

const NLMSG_DONE = 3;
const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;

/** `what` of struct proc_event. */
export const whats = { NONE: 0, FORK: 1, EXEC: 2, UID: 4, COMM: 0x200, EXIT: 0x8000_0000 } as const;

/** The size of the union of event data in all kernels so far; each kind of event fills its beginning. */
const dataBytes = 24;

function words(values: readonly number[]): Uint8Array {
  const out = new Uint8Array(values.length * 4);
  const view = new DataView(out.buffer);
  values.forEach((value, index) => view.setUint32(index * 4, value, little));
  return out;
}

/** struct cn_msg with this data. */
export function writeConnectorMessage(
  data: Uint8Array,
  { idx = CN_IDX_PROC, val = CN_VAL_PROC, length = data.length } = {},
): Uint8Array {
  const head = new Uint8Array(20);
  const view = new DataView(head.buffer);
  view.setUint32(0, idx, little);
  view.setUint32(4, val, little);
  view.setUint16(16, length, little);
  return writeMessage({ type: NLMSG_DONE }, concat([head, data]));
}

/** @param members of event_data, u32 each */
export function writeProcessEvent(what: number, members: readonly number[], { cpu = 0, timestampNs = 0n } = {}) {
  const time = new Uint8Array(8);
  new DataView(time.buffer).setBigUint64(0, timestampNs, little);
  const data = new Uint8Array(dataBytes);
  data.set(words(members));
  return writeConnectorMessage(concat([words([what, cpu]), time, data]));
}
