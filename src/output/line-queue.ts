/**
 * Writes the lines of a stream that never ends to a sink that may be slower than the lines come. Memory is bounded, no caller waits, and
 * the caller knows of each line whether it was taken.
 */

import type { Sink } from "./line-writer.ts";

export interface LineQueueOptions {
  /** Called when lines are taken again after some were refused: the place to say how many these were. */
  readonly onRoom: () => void;
  /** Called once, when the sink has failed. All lines are refused from then on. */
  readonly onFailed: (error: NodeJS.ErrnoException) => void;
  /** How much text may wait, in UTF-16 units. */
  readonly mostWaiting?: number;
}

export interface LineQueue {
  /** Takes a line, which must end with a line break. @returns false where it was refused, because too much waits already */
  write(line: string): boolean;
  /** Waits until all lines are written, for `limitMs` at most. @returns how many lines are not written yet */
  flush(limitMs: number): Promise<number>;
}

/** More than all exits that are taken in one piece make: 52,000 events in a receive buffer of the default size, 300 characters each. */
const defaultMostWaiting = 2 ** 24;

/** Lines are passed on in pieces of this size, so that they are copied a little at a time. */
const pieceLength = 2 ** 16;

interface Piece {
  text: string;
  lines: number;
}

/** Creates a queue. Once a line was refused, all are, until half of the room is free: so few places have to be marked. */
export function createLineQueue(sink: Sink, options: LineQueueOptions): LineQueue {
  const { onRoom, onFailed, mostWaiting = defaultMostWaiting } = options;
  const pieces: Piece[] = [];
  let length = 0;
  let lines = 0;
  let state: "open" | "full" | "failed" = "open";
  let scheduled = false;
  let busy = false;
  let onIdle: (() => void)[] = [];

  function fail(error: NodeJS.ErrnoException): void {
    state = "failed";
    pieces.length = 0;
    onFailed(error);
  }

  function pump(): void {
    scheduled = false;
    const piece = busy ? undefined : pieces.shift();
    if (piece !== undefined) {
      busy = true;
      sink(piece.text, (written, error = new Error("not written")) => {
        busy = false;
        if (!written) fail(error);
        length -= piece.text.length;
        lines -= piece.lines;
        schedule();
        if (state !== "full" || length > mostWaiting / 2) return;
        state = "open";
        onRoom();
      });
    }
    if (busy || pieces.length > 0) return;
    onIdle.forEach((call) => call());
    onIdle = [];
  }

  /** What is written in one turn of the event loop goes to the sink together. */
  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    queueMicrotask(pump);
  }

  function add(line: string): void {
    const last = pieces.at(-1);
    if (last === undefined || last.text.length >= pieceLength) {
      pieces.push({ text: line, lines: 1 });
    } else {
      last.text += line;
      last.lines++;
    }
    length += line.length;
    lines++;
  }

  return {
    write(line) {
      if (state === "open" && length + line.length > mostWaiting) state = "full";
      if (state !== "open") return false;
      add(line);
      schedule();
      return true;
    },
    async flush(limitMs) {
      if (!busy && pieces.length === 0) return 0;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
      await Promise.race([limit, new Promise<void>((resolve) => onIdle.push(resolve))]);
      clearTimeout(timer);
      return lines;
    },
  };
}
