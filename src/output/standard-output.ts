/** Writes the output of commands: all of it, however slowly it is read, unless the reader leaves. */

import { ExporterError } from "../base/errors.ts";

/** Error codes where the reader has gone. It has then read all that it wanted. */
const readerGone = new Set(["EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED"]);

export const isReaderGone = ({ code }: NodeJS.ErrnoException): boolean => readerGone.has(code ?? "");

/** The error for what could not be written to standard output for another reason than that the reader has gone. */
export function createOutputError(cause: NodeJS.ErrnoException): ExporterError {
  const got = cause.code ?? String(cause);
  return new ExporterError("OUTPUT_FAILED", { where: "standard output", want: "to be written to", got, cause });
}

/**
 * Writes the whole text. It is no error if the reader has gone, as `head -1` does.
 *
 * @throws ExporterError OUTPUT_FAILED where the text cannot be written for another reason, such as a full disk
 */
export async function print(text: string, stream: NodeJS.WritableStream = process.stdout): Promise<void> {
  const cause = await new Promise<NodeJS.ErrnoException | null | undefined>((resolve) => {
    stream.once("error", resolve);
    stream.write(text, resolve);
  });
  if (cause === undefined || cause === null || isReaderGone(cause)) return;
  throw createOutputError(cause);
}
