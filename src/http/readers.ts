/**
 * Clients that are reading a page. One is sent slices, the next when the kernel has taken the one before, so that it costs
 * no more than what all readers of its page share. Who takes nothing for long is cut off, at once where its place, or the
 * memory of its page, is needed.
 */

import type { ServerResponse } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Body } from "./body.ts";

export interface Readers {
  /** Sends the body and ends the response. @returns whether the kernel has taken all of it */
  send(response: ServerResponse, body: Body): Promise<boolean>;
  /** Cuts off the reader that has taken nothing for longest, if that is long enough. @returns whether there was one */
  cutStalled(): boolean;
}

export interface ReadersOptions {
  /** How long a reader may take nothing. */
  readonly stallMs: number;
  /** How long it may take in all. */
  readonly totalMs: number;
  /** How long it must have taken nothing to give way to another. */
  readonly patienceMs: number;
  /** Bytes of all pages that are being read. */
  readonly mostBytes: number;
  /** Told of each reader that was cut off. */
  readonly onCut: () => void;
}

/** For clients of this exporter, whose memory 256 MiB must be enough for. */
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
  /** When it last took something. */
  tookAt: number;
}

/** Slices of more would be copied as a whole where the connection is encrypted. */
const sliceBytes = 65_536;

function* slicesOf({ parts }: Body): Generator<Uint8Array> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += sliceBytes) yield part.subarray(at, at + sliceBytes);
  }
}

/** Waits for an event of the response, or for its end. @returns whether the event came within so many milliseconds */
function waitFor(response: ServerResponse, event: "drain" | "finish", limitMs: number): Promise<boolean> {
  // Its end came before anybody listened.
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
  /** In the order in which they began. */
  const readers = new Set<Reader>();

  function cut(reader: Reader): void {
    if (!readers.delete(reader)) return;
    onCut();
    reader.response.destroy();
  }

  /** Makes room for a body: whoever reads the oldest page gives way. */
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

  /** @returns whether the reader went on in time */
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
      // The kernel takes all that a fast reader makes room for, at once: without this the loop would not turn until the end of its page.
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
