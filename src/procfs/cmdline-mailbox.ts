/** The memory through which the thread that reads command lines is asked and answers. One request at a time. */

import { cmdlineBytes } from "./cmdline.ts";
import { pulseBytes } from "./pulse.ts";

/** Processes of one request at the most. */
export const mailboxSlots = 512;

/** Text of one answer: a reader stops early where the next command line may not fit. */
const textBytes = 2 * cmdlineBytes;

/** Words before the ids: the pulse, and then these. */
const head = pulseBytes / 4;
const at = { request: head, answered: head + 1, count: head + 2, done: head + 3 } as const;
const words = head + 4;

export interface Mailbox {
  readonly memory: SharedArrayBuffer;
  readonly control: Int32Array;
  /** Where in `control` the number of the last request is; an end is asked for by -1. */
  readonly request: number;
  /** Where in `control` the number of the last request that was answered is. */
  readonly answered: number;
  /** Where in `control` it stands how many processes the request is for. */
  readonly count: number;
  /** Where in `control` it stands how many of them have been read. */
  readonly done: number;
  /** The processes of the request. */
  readonly ids: Int32Array;
  /** For each that has been read the bytes of its command line, which follow each other in `text`; -1 for one that is gone. */
  readonly lengths: Int32Array;
  readonly text: Uint8Array;
}

const sizes = { ids: 4 * words, lengths: 4 * (words + mailboxSlots), text: 4 * (words + 2 * mailboxSlots) } as const;

export function createMailboxMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(sizes.text + textBytes);
}

export function openMailbox(memory: SharedArrayBuffer): Mailbox {
  return {
    memory,
    control: new Int32Array(memory, 0, words),
    ...at,
    ids: new Int32Array(memory, sizes.ids, mailboxSlots),
    lengths: new Int32Array(memory, sizes.lengths, mailboxSlots),
    text: new Uint8Array(memory, sizes.text, textBytes),
  };
}
