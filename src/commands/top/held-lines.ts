/** Holds back log lines while a screen is shown, which they would disturb. Pure. */

/** The last lines are kept, as many as a person may read. */
const mostLines = 50;

export interface HeldLines {
  readonly write: (line: string) => void;
  /** From now on lines are held back. */
  hold(): void;
  /** Writes what was held back, and from now on each line at once. */
  release(): void;
}

export function createHeldLines(write: (line: string) => void): HeldLines {
  let held: string[] | undefined;
  return {
    write(line) {
      if (held === undefined) {
        write(line);
        return;
      }
      held.push(line);
      if (held.length > mostLines) held.shift();
    },
    hold() {
      held ??= [];
    },
    release() {
      const lines = held ?? [];
      held = undefined;
      lines.forEach(write);
    },
  };
}
