/** `top`: the groups that run and wait most, as they change, of a running exporter or of a collection of its own. */

import { ExporterError } from "../../base/errors.ts";
import { systemTimer } from "../../base/timer.ts";
import type { Invocation } from "../../cli.ts";
import type { Exporter } from "../../exporter.ts";
import { createStandardOutput } from "../../output/sinks.ts";
import { isColourTerminal } from "../../terminal/colour.ts";
import { colourDepthOf, type ColourDepth } from "../../terminal/rgb.ts";
import type { HeldLines } from "./held-lines.ts";
import { createOwnSource } from "./own-source.ts";
import { printTop } from "./print.ts";
import { addressOf, askExporter } from "./remote.ts";
import { createRemoteSource } from "./remote-source.ts";
import { showTop } from "./show.ts";
import type { ViewSource } from "./source.ts";
import { openTerminal } from "./terminal.ts";

/** Where an exporter of this machine listens by default. */
const usualExporter = new URL("http://127.0.0.1:10275/");

/** How long it may take to answer, in milliseconds. */
const usualLimitMs = 500;

export interface SourceOptions {
  readonly invocation: Pick<Invocation, "exporter" | "collectsItself" | "delayMs" | "json">;
  readonly version: string;
  readonly openExporter: () => Promise<Exporter>;
  readonly ask: typeof askExporter;
  /** Writes a line to standard error. */
  readonly say: (line: string) => void;
}

const shownAddress = (exporter: URL): string => new URL(".", addressOf(exporter)).href;

const describeReason = (error: unknown): string =>
  error instanceof ExporterError ? `${error.code}, ${error.details.got}` : String(error);

/** The exporter that is named, or the usual one where it answers, or else a collection of this process. */
export async function chooseSource(options: SourceOptions): Promise<ViewSource> {
  const { invocation, version, openExporter, ask, say } = options;
  const { exporter: named, collectsItself, delayMs, json } = invocation;
  const remote = { ask, timer: systemTimer };
  if (named !== undefined) {
    return createRemoteSource({ ...remote, exporter: named, origin: `Exporter: ${shownAddress(named)}` });
  }
  const own = async (origin: string): Promise<ViewSource> =>
    createOwnSource({ exporter: await openExporter(), version, origin, seconds: delayMs / 1000 });
  if (collectsItself) return own("Collected by top itself, as its flags say");
  try {
    const first = await ask(usualExporter, usualLimitMs);
    return createRemoteSource({
      ...{ ...remote, first, exporter: usualExporter, origin: `Exporter: ${shownAddress(usualExporter)}` },
    });
  } catch (error) {
    const origin = `Collected by top itself: no figures from ${shownAddress(usualExporter)} (${describeReason(error)})`;
    // A table has it at its head.
    if (json) say(`taskstats-exporter: ${origin}\n`);
    return own(origin);
  }
}

export interface TopOptions extends Pick<SourceOptions, "version" | "openExporter"> {
  readonly invocation: Invocation;
  readonly lines: HeldLines;
}

/** Whether `top` may move the cursor. */
const isScreen = (): boolean => process.stdout.isTTY && (process.env["TERM"] ?? "dumb") !== "dumb";

/** Runs until the end. @throws ExporterError */
export async function top({ invocation, lines, ...options }: TopOptions): Promise<void> {
  const { once, json, sort } = invocation;
  const { stdout, stdin, env } = process;
  const source = await chooseSource({ ...options, invocation, ask: askExporter, say: lines.write });
  const colour = isColourTerminal(stdout, env);
  const depth: ColourDepth = colour ? colourDepthOf(env) : 0;
  const sink = createStandardOutput();
  try {
    if (once || json || !isScreen()) {
      const width = stdout.isTTY && stdout.columns > 0 ? stdout.columns : undefined;
      await printTop({ source, sort, json, once, sink, width, colour, depth });
      return;
    }
    lines.hold();
    await showTop({
      ...{ source, sort, colour, depth },
      open: (listeners) => openTerminal({ stdin, stdout, sink, process }, listeners),
    });
  } finally {
    source.stop();
    lines.release();
  }
}
