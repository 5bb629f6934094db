/** The terminal of `top`: the screen that it paints, the keys that it reads, and that all is as before when it ends. */

import type { ReadStream, WriteStream } from "node:tty";
import type { Sink } from "../../output/line-writer.ts";
import { createKeyDecoder, type Key } from "../../terminal/keys.ts";
import { enterScreen, leaveScreen, paintScreen } from "../../terminal/screen.ts";

export interface Terminal {
  readonly size: { readonly width: number; readonly height: number };
  /** Paints a screen. Where the terminal is slow, screens between the last two are left out. */
  paint(lines: readonly string[]): void;
  /** Gives the terminal back and stops the process, as Ctrl-Z does. When it goes on, the screen is there again. */
  suspend(): void;
  /** Gives the terminal back. Waits for a slow terminal, but not for long. */
  close(): Promise<void>;
}

export interface TerminalListeners {
  readonly onKey: (key: Key) => void;
  /** Called when the size has changed, or the screen has to be painted again for another reason. */
  readonly onRepaint: () => void;
  /** Called when a signal asks for the end, or the terminal is gone. */
  readonly onEnd: () => void;
}

/** The streams and the process, of which tests pass their own. */
export interface TerminalParts {
  readonly stdin: Pick<ReadStream, "isTTY" | "setRawMode" | "setEncoding" | "on" | "off" | "resume" | "pause">;
  readonly stdout: Pick<WriteStream, "columns" | "rows" | "on" | "off">;
  readonly sink: Sink;
  readonly process: Pick<NodeJS.Process, "on" | "off" | "kill">;
}

const endSignals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** A terminal that does not know its size says 0. */
const fallback = { width: 80, height: 24 } as const;

/** How long a slow terminal may hold up the end, in milliseconds. */
const closeLimitMs = 500;

/** Where the process is not stopped, since it has no shell that would continue it, the screen is back after this time. */
const resumeMs = 100;

/** Writes one text after the other. Of those that wait, only the last one is written. */
function createWriter(sink: Sink, onGone: () => void) {
  let busy = false;
  let next: string | undefined;
  let whenIdle: (() => void) | undefined;

  function write(text: string): void {
    if (busy) {
      next = text;
      return;
    }
    busy = true;
    sink(text, (ok) => {
      busy = false;
      const waiting = next;
      next = undefined;
      if (!ok) onGone();
      if (ok && waiting !== undefined) write(waiting);
      else whenIdle?.();
    });
  }

  return {
    write,
    /** Forgets what waits, and resolves when nothing is being written. */
    async drain(limitMs: number): Promise<void> {
      next = undefined;
      if (!busy) return;
      await new Promise<void>((resolve) => {
        const timeout = setTimeout(resolve, limitMs);
        whenIdle = () => {
          clearTimeout(timeout);
          resolve();
        };
      });
    },
  };
}

/** Takes the terminal. */
export function openTerminal(parts: TerminalParts, { onKey, onRepaint, onEnd }: TerminalListeners): Terminal {
  const { stdin, stdout, sink, process } = parts;
  const decode = createKeyDecoder();
  const writer = createWriter(sink, onEnd);
  let isTaken = false;

  function take(): void {
    if (isTaken) return;
    isTaken = true;
    if (stdin.isTTY) stdin.setRawMode(true);
    sink(enterScreen, () => undefined);
  }

  /** Writes at once, also in a process that is about to end. */
  function giveBack(): void {
    if (!isTaken) return;
    isTaken = false;
    sink(leaveScreen, () => undefined);
    if (stdin.isTTY) stdin.setRawMode(false);
  }

  const read = (data: Buffer | string): void => decode(String(data)).forEach(onKey);

  function resume(): void {
    if (isTaken) return;
    process.on("SIGTSTP", suspend);
    take();
    onRepaint();
  }

  function suspend(): void {
    giveBack();
    // Without a listener the signal stops the process: the whole group of it, as the terminal's own Ctrl-Z would.
    process.off("SIGTSTP", suspend);
    process.kill(0, "SIGTSTP");
    setTimeout(resume, resumeMs);
  }

  take();
  if (stdin.isTTY) {
    stdin.setEncoding("utf8");
    stdin.on("data", read);
    stdin.on("end", onEnd);
    stdin.on("error", onEnd);
    stdin.resume();
  }
  stdout.on("resize", onRepaint);
  for (const signal of endSignals) process.on(signal, onEnd);
  process.on("SIGTSTP", suspend);
  process.on("SIGCONT", resume);
  // Node prints an exception that nobody caught after this event: on the screen of before, where it can be read.
  process.on("uncaughtExceptionMonitor", giveBack);

  return {
    get size() {
      const { columns, rows } = stdout;
      return { width: columns || fallback.width, height: rows || fallback.height };
    },
    paint(lines) {
      if (isTaken) writer.write(paintScreen(lines));
    },
    suspend,
    async close() {
      stdout.off("resize", onRepaint);
      stdin.off("data", read);
      await writer.drain(closeLimitMs);
      giveBack();
      stdin.pause();
      process.off("SIGTSTP", suspend);
      process.off("SIGCONT", resume);
      process.off("uncaughtExceptionMonitor", giveBack);
    },
  };
}
