/** Shared memory with one request to the thread that reads command lines, and its answer. */

import { cmdlineBytes } from "./cmdline.ts";
import { pulseBytes } from "./pulse.ts";

/** How many processes one request can name. */
export const mailboxSlots = 512;

/** Room for the text of one answer. The thread stops early where the next command line might not fit. */
const textBytes = 2 * cmdlineBytes;

/** The memory begins with the words of the pulse and the four words of `at`; ids, lengths and text follow. */
const head = pulseBytes / 4;
const at = { request: head, answered: head + 1, count: head + 2, done: head + 3 } as const;
const words = head + 4;

export interface Mailbox {
  readonly memory: SharedArrayBuffer;
  readonly control: Int32Array;
  /** Index in `control` of the latest request's number, counted from 1; -1 asks the thread to return. */
  readonly request: number;
  /** Index in `control` of the number of the request that was answered last. */
  readonly answered: number;
  /** Index in `control` of the number of processes in the request. */
  readonly count: number;
  /** Index in `control` of the number of processes that have been read. */
  readonly done: number;
  /** The processes of the request. */
  readonly ids: Int32Array;
  /** The length of each command line in bytes; -1 for a process that is gone. */
  readonly lengths: Int32Array;
  /** The command lines that have been read, one directly behind the other. */
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
