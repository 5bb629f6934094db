/** `events`: shows each exit of a process as it comes, until a signal, or until nobody reads any more. */

import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "../../base/clock.ts";
import type { Invocation } from "../../cli.ts";
import type { Exporter, ExitHooks } from "../../exporter.ts";
import { isHungUp } from "../../netlink/libc.ts";
import { createStandardOutput } from "../../output/sinks.ts";
import { createOutputError, isReaderGone } from "../../output/standard-output.ts";
import { describeFilter, type ShownExits } from "./exit-filter.ts";
import { createExitJson } from "./exit-json.ts";
import { createExitStream, type ExitStream } from "./exit-stream.ts";
import { createExitText } from "./exit-text.ts";
import { isColourTerminal } from "../../terminal/colour.ts";
import { untilSignal } from "../until-signal.ts";

export interface EventsOptions {
  readonly exporter: Pick<Exporter, "start" | "collect" | "stop">;
  readonly stream: ExitStream;
  readonly shown: ShownExits;
  /** Resolves when a signal asks for the end. */
  readonly signal: Promise<string>;
  /** Whether somebody may still read the lines: no write shows it while none is due. */
  readonly hasReader: () => boolean;
  /** Writes a line to standard error. */
  readonly say: (line: string) => void;
}

/** How often it is looked whether anybody still reads, in milliseconds. */
const lookMs = 500;

/** After a signal: how long the last exits may take to arrive, and then to be read, in milliseconds. */
const graceMs = 1000;

/** Resolves when nobody reads any more. */
async function untilReaderGone(hasReader: () => boolean, ended: AbortSignal): Promise<"unread"> {
  try {
    do await delay(lookMs, undefined, { signal: ended });
    while (hasReader());
  } catch {
    // The command ends.
  }
  return "unread";
}

/** Waits for the end. @returns whether somebody still reads @throws ExporterError OUTPUT_FAILED */
async function untilEnd({ stream, signal, hasReader }: EventsOptions, ended: AbortSignal): Promise<boolean> {
  const reason = await Promise.race([signal, untilReaderGone(hasReader, ended), stream.failure]);
  if (typeof reason === "string") return reason !== "unread";
  if (isReaderGone(reason)) return false;
  throw createOutputError(reason);
}

/** Takes what exited before the signal, and waits until it is read. */
async function finish({ exporter, stream, say }: EventsOptions): Promise<void> {
  const collected = exporter
    .collect()
    .catch((error: unknown) => say(`the last exits may be missing: ${String(error)}`));
  await Promise.race([collected, delay(graceMs, undefined, { ref: false })]);
  const unread = await stream.end(graceMs);
  if (unread > 0) say(`lines that are not shown, since the reader is too slow: ${unread}`);
}

/**
 * Starts the exporter and lets its exits be shown. Returns after a signal, and when nobody reads any more.
 *
 * @throws ExporterError what a start throws, and OUTPUT_FAILED
 */
export async function showEvents(options: EventsOptions): Promise<void> {
  const { exporter, stream, shown, say } = options;
  const ended = new AbortController();
  const end = untilEnd(options, ended.signal);
  try {
    const early = await Promise.race([end, exporter.start()]);
    if (early !== undefined) return;
    const filter = describeFilter(shown);
    say(`showing each process that exits${filter === "" ? "" : ` (${filter})`}, but no threads; Ctrl-C ends it`);
    stream.begin();
    if (await end) await finish(options);
  } finally {
    ended.abort();
    exporter.stop();
  }
}

/** The command on standard output. `hooks` are for the exporter that `show` is then given. */
export interface Events {
  readonly hooks: ExitHooks;
  /** @throws ExporterError what a start throws, and OUTPUT_FAILED */
  show(exporter: Exporter): Promise<void>;
}

const standardOutput = 1;

/** @param writeError writes a line to standard error */
export function openEvents(
  { json, shownExits: shown }: Pick<Invocation, "json" | "shownExits">,
  writeError: (line: string) => void,
): Events {
  const { stdout } = process;
  const format = json ? createExitJson(systemClock.unixSeconds) : createExitText(isColourTerminal(stdout, process.env));
  // A line of the screen is left for the shell's prompt. A terminal without a size has no rows.
  const headerEvery = (): number | undefined => (stdout.isTTY && stdout.rows > 2 ? stdout.rows - 1 : undefined);
  const stream = createExitStream({ sink: createStandardOutput(), format, shown, headerEvery });
  const hasReader = (): boolean => !isHungUp(standardOutput);
  const say = (line: string): void => writeError(`taskstats-exporter: ${line}\n`);
  return {
    hooks: stream.hooks,
    show: (exporter) => showEvents({ exporter, stream, shown, signal: untilSignal(), hasReader, say }),
  };
}
