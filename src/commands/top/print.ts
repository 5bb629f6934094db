/** `top` where there is no screen: prints each view, or one, as a table or as a line of JSON. */

import type { LiveView, SortKey } from "../../live/view.ts";
import type { Sink } from "../../output/line-writer.ts";
import { createOutputError, isReaderGone } from "../../output/standard-output.ts";
import { formatJsonLine } from "../../terminal/json.ts";
import type { RowOptions } from "./rows.ts";
import { renderTable } from "./screen.ts";
import type { ViewSource } from "./source.ts";

export interface PrintTopOptions extends RowOptions {
  readonly source: ViewSource;
  readonly sort: SortKey;
  readonly json: boolean;
  readonly once: boolean;
  readonly sink: Sink;
}

/** @returns whether somebody reads @throws ExporterError OUTPUT_FAILED */
async function write(sink: Sink, text: string): Promise<boolean> {
  const error = await new Promise<Error | undefined>((resolve) => {
    sink(text, (ok, failure) => resolve(ok ? undefined : (failure ?? new Error("unknown"))));
  });
  if (error === undefined) return true;
  if (isReaderGone(error)) return false;
  throw createOutputError(error);
}

/**
 * Prints until nobody reads any more, or once. A view without rates, of an exporter that has taken one sample, is not printed, and none
 * is printed twice.
 *
 * @throws ExporterError what the source throws, and OUTPUT_FAILED
 */
export async function printTop({ source, sort, json, once, sink, ...rows }: PrintTopOptions): Promise<void> {
  const { origin } = source;
  const format = (view: LiveView): string =>
    json ? formatJsonLine(view) : renderTable(view, { ...rows, sort, origin });
  let printedAt: number | undefined;
  for (;;) {
    const view = await source.next();
    if (view.span === undefined || view.sampledAt === printedAt) continue;
    const separator = printedAt === undefined || json ? "" : "\n";
    if (!(await write(sink, separator + format(view))) || once) return;
    printedAt = view.sampledAt;
  }
}
