/**
 * Sends pages to clients, which are called readers here. A page is sent in slices, each when the kernel has taken the slice
 * before, so that a slow reader needs no memory beyond the page, which all its readers share. A reader that takes nothing for
 * too long is cut off, and sooner if its place or the memory of its page is needed.
 */

import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Body } from "./body.ts";

export interface Readers {
  /** Sends the body and ends the response. @returns whether the kernel has taken all of it */
  send(response: ServerResponse, body: Body): Promise<boolean>;
  /** Cuts off the reader that has taken nothing for longest, if that is at least `patienceMs`. @returns whether one was cut off */
  cutStalled(): boolean;
}

export interface ReadersOptions {
  /** A reader that takes nothing for this long is cut off. */
  readonly stallMs: number;
  /** A reader that has not taken all of its page by then is cut off. */
  readonly totalMs: number;
  /** A reader that has taken nothing for this long may lose its place to another client. */
  readonly patienceMs: number;
  /** The limit for the bytes of all pages that are being sent. */
  readonly mostBytes: number;
  /** Called for each reader that is cut off. */
  readonly onCut: () => void;
}

/** The limits of this exporter. They keep it within the 256 MiB that the shipped DaemonSet allows. */
export const readerLimits: Omit<ReadersOptions, "onCut"> = {
  stallMs: 10_000,
  totalMs: 60_000,
  patienceMs: 1000,
  mostBytes: 24 * 2 ** 20,
};

interface Reader {
  readonly response: ServerResponse;
  readonly body: Body;
  readonly beganAt: number;
  /** When the kernel last took bytes for it. */
  tookAt: number;
}

/** TLS copies a whole slice to encrypt it, so slices are small. */
const sliceBytes = 65_536;

/** Each write costs a system call and a turn of the event loop, so the small parts of a page are sent together. */
function* slicesOf({ parts }: Body): Generator<Uint8Array> {
  let pieces: Uint8Array[] = [];
  let bytes = 0;
  for (const part of parts) {
    for (let at = 0; at < part.length; at += sliceBytes) {
      const piece = part.subarray(at, at + sliceBytes);
      if (bytes + piece.length > sliceBytes) {
        yield join(pieces);
        [pieces, bytes] = [[], 0];
      }
      pieces.push(piece);
      bytes += piece.length;
    }
  }
  if (bytes > 0) yield join(pieces);
}

/** Does not copy a single piece. */
function join(pieces: readonly Uint8Array[]): Uint8Array {
  const [first] = pieces;
  return pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces);
}

/** Waits for an event of the response, at most `limitMs`. @returns false if the response was closed or the time is over */
function waitFor(response: ServerResponse, event: "drain" | "finish", limitMs: number): Promise<boolean> {
  // The close event has come already, and will not come again.
  if (response.closed) return Promise.resolve(false);
  return new Promise((resolve) => {
    const settle = (came: boolean): void => {
      clearTimeout(timer);
      response.off(event, onEvent).off("close", onClose);
      resolve(came);
    };
    const onEvent = (): void => settle(true);
    const onClose = (): void => settle(false);
    const timer = setTimeout(onClose, Math.max(limitMs, 0));
    response.on(event, onEvent).on("close", onClose);
  });
}

export function createReaders(options: ReadersOptions): Readers {
  const { stallMs, totalMs, patienceMs, mostBytes, onCut } = options;
  /** The oldest first. */
  const readers = new Set<Reader>();

  function cut(reader: Reader): void {
    if (!readers.delete(reader)) return;
    onCut();
    reader.response.destroy();
  }

  /** Makes room for a new page: the readers of the oldest pages are cut off until all pages are within `mostBytes`. */
  function makeRoom(body: Body): void {
    const bodies = new Set([...readers].map((reader) => reader.body)).add(body);
    let bytes = [...bodies].reduce((sum, held) => sum + held.bytes, 0);
    for (const oldest of bodies) {
      if (bytes <= mostBytes) return;
      if (oldest === body) continue;
      bytes -= oldest.bytes;
      for (const reader of readers) if (reader.body === oldest) cut(reader);
    }
  }

  /** Cuts the reader off if the event does not come in time. @returns whether it came */
  async function wait(reader: Reader, event: "drain" | "finish"): Promise<boolean> {
    const left = reader.beganAt + totalMs - performance.now();
    const came = await waitFor(reader.response, event, Math.min(stallMs, left));
    reader.tookAt = performance.now();
    if (!came && !reader.response.closed) cut(reader);
    return came;
  }

  async function write(reader: Reader): Promise<boolean> {
    const { response, body } = reader;
    for (const slice of slicesOf(body)) {
      if (response.closed || response.destroyed) return false;
      if (!response.write(slice) && !(await wait(reader, "drain"))) return false;
      // For a fast reader the kernel takes every slice at once. Without this yield, the event loop would stand until the whole page is sent.
      await nextTurn();
    }
    response.end();
    return response.writableFinished || wait(reader, "finish");
  }

  return {
    async send(response, body) {
      makeRoom(body);
      const now = performance.now();
      const reader: Reader = { response, body, beganAt: now, tookAt: now };
      readers.add(reader);
      try {
        return await write(reader);
      } finally {
        readers.delete(reader);
      }
    },
    cutStalled() {
      let stalled: Reader | undefined;
      for (const reader of readers) if (reader.tookAt < (stalled?.tookAt ?? Infinity)) stalled = reader;
      if (stalled === undefined || performance.now() - stalled.tookAt < patienceMs) return false;
      cut(stalled);
      return true;
    },
  };
}
