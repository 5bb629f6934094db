/** The lines that `events` writes. Of what has no room, because the reader is too slow, the number is told in its place. */

import type { ExitHooks } from "../../exporter.ts";
import { createLineQueue } from "../../output/line-queue.ts";
import type { Sink } from "../../output/line-writer.ts";
import { createExitFilter, type ShownExits } from "./exit-filter.ts";
import type { ExitFormat } from "./exit-format.ts";

export interface ExitStreamOptions {
  readonly sink: Sink;
  readonly format: ExitFormat;
  readonly shown: ShownExits;
  /** After how many lines the header comes again; undefined for never. Asked at each line, since a terminal may change its size. */
  readonly headerEvery?: () => number | undefined;
  /** How much text may wait for the reader, in UTF-16 units. */
  readonly mostWaiting?: number;
}

export interface ExitStream {
  /** What the exporter calls. */
  readonly hooks: { readonly [Name in keyof ExitHooks]-?: NonNullable<ExitHooks[Name]> };
  /** Resolves when lines can no longer be written, with the reason. */
  readonly failure: Promise<NodeJS.ErrnoException>;
  /** Writes the header, unless a line has come before. */
  begin(): void;
  /** Waits until all is written, for `limitMs` at most. @returns how many lines are not shown */
  end(limitMs: number): Promise<number>;
}

export function createExitStream(options: ExitStreamOptions): ExitStream {
  const { sink, format, shown, headerEvery = () => undefined, mostWaiting } = options;
  const isShown = createExitFilter(shown);
  /** What had no room and is not told yet. */
  const missed = { exits: 0, lost: 0 };
  /** Why exit events cannot be taken; undefined where they can. */
  let interrupted: string | undefined;
  let toldInterrupted: string | undefined;
  let sinceHeader = Infinity;
  let reportFailure: (error: NodeJS.ErrnoException) => void;
  const failure = new Promise<NodeJS.ErrnoException>((resolve) => (reportFailure = resolve));
  const queue = createLineQueue(sink, {
    onRoom: tellMissed,
    onFailed: (error) => reportFailure(error),
    ...(mostWaiting !== undefined && { mostWaiting }),
  });

  function begin(): void {
    if (sinceHeader < (headerEvery() ?? Infinity)) return;
    sinceHeader = 0;
    if (format.header !== undefined) queue.write(format.header);
  }

  function write(line: string): boolean {
    begin();
    sinceHeader++;
    return queue.write(line);
  }

  function tellNotShown(exits: number): void {
    if (exits > 0 && !write(format.formatNotShown(exits))) missed.exits += exits;
  }

  function tellLost(count: number): void {
    if (count > 0 && !write(format.formatLost(count))) missed.lost += count;
  }

  function tellInterruption(): void {
    if (interrupted === toldInterrupted) return;
    const line = interrupted === undefined ? format.formatResumed() : format.formatInterrupted(interrupted);
    if (write(line)) toldInterrupted = interrupted;
  }

  function tellMissed(): void {
    const { exits, lost } = missed;
    missed.exits = 0;
    missed.lost = 0;
    tellNotShown(exits);
    tellLost(lost);
    tellInterruption();
  }

  return {
    hooks: {
      onExit({ group: { labels } }, exit) {
        if (isShown(labels, exit) && !write(format.formatExit(labels, exit))) missed.exits++;
      },
      onLost: tellLost,
      onInterrupted(error) {
        interrupted = error instanceof Error ? error.message : String(error);
        tellInterruption();
      },
      onResumed() {
        interrupted = undefined;
        tellInterruption();
      },
    },
    failure,
    begin,
    end: async (limitMs) => (await queue.flush(limitMs)) + missed.exits,
  };
}
