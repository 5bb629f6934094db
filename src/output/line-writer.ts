/** Writes lines to a sink that may be full, closed or not read by anybody. Memory is bounded, and no caller waits. */

/** Writes a text. Calls `done` once with whether it was written, and if not why, either before it returns or later. */
export type Sink = (text: string, done: (written: boolean, error?: Error) => void) => void;

export interface LineWriter {
  /** Takes a line, which must end with a line break. Returns at once and never throws. */
  write(line: string): void;
  /** Number of lines that could not be written. */
  readonly dropped: number;
  /** Waits until all lines are written or dropped, for `limitMs` at most. */
  flush(limitMs: number): Promise<void>;
}

/**
 * How much text may wait, in UTF-16 units. With a reader that has stopped, this much waits here, and as much may be in the sink:
 * so the memory is bounded by twice this size.
 */
const mostWaiting = 2 ** 18;

/** Creates a writer that passes its lines to `sink` in order. Each call takes all waiting lines, after the call before is done. */
export function createLineWriter(sink: Sink): LineWriter {
  let waiting: string[] = [];
  let waitingLength = 0;
  let busy = false;
  let dropped = 0;
  let onIdle: (() => void)[] = [];

  function pump(): void {
    while (!busy && waiting.length > 0) {
      const lines = waiting;
      waiting = [];
      waitingLength = 0;
      busy = true;
      sink(lines.join(""), (written) => {
        if (!written) dropped += lines.length;
        busy = false;
        // A sink that answers before it returns is continued by the loop, one that answers later by this call.
        queueMicrotask(pump);
      });
    }
    if (busy) return;
    onIdle.forEach((call) => call());
    onIdle = [];
  }

  return {
    get dropped() {
      return dropped;
    },
    write(line) {
      if (waitingLength + line.length > mostWaiting) {
        dropped++;
        return;
      }
      waiting.push(line);
      waitingLength += line.length;
      pump();
    },
    async flush(limitMs) {
      if (!busy && waiting.length === 0) return;
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs)));
      await Promise.race([limit, new Promise<void>((resolve) => onIdle.push(resolve))]);
      clearTimeout(timer);
    },
  };
}
