/** Standard output of commands: all of it is written, however slowly it is read, unless its reader has left. */

import { ExporterError } from "../base/errors.ts";

/** Errors of a reader that has gone: it has read what it wanted. */
const readerGone = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

/**
 * Writes `text` to its end. That the reader has gone (`| head -1`) is no error.
 *
 * @throws ExporterError OUTPUT_FAILED where it cannot be written for another reason: a full disk
 */
export async function print(text: string, stream: NodeJS.WritableStream = process.stdout): Promise<void> {
  const cause = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    stream.once("error", resolve);
    stream.write(text, resolve);
  });
  if (cause === undefined || cause === null || readerGone.has(cause.code ?? "")) return;
  const got = cause.code ?? String(cause);
  throw new ExporterError("OUTPUT_FAILED", { where: "standard output", want: "to be written to", got, cause });
}
