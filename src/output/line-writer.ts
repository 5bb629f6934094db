/** Writes lines to a place that may be full, closed or read by nobody: bounded in memory, and nobody waits for it. */

/** Takes a text, and tells once whether it was written: at once, or later. */
export type Sink = (text: string, done: (written: boolean) => void) => void;

export interface LineWriter {
  /** Takes lines that end with a line break; returns at once and never throws. */
  write(line: string): void;
  /** Lines that could not be written. */
  readonly dropped: number;
  /** Waits until all lines are written or dropped, for so long at most. */
  flush(limitMs: number): Promise<void>;
}

/** What waits at most, in UTF-16 units. A reader that has stopped costs no more memory than this, twice. */
const mostWaiting = 2 ** 18;

/** Lines go to `sink` in order, all that wait in one call, and the next call when that one is done. */
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
        // A sink that answers at once answers to the loop; one that answers later begins a new one.
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
