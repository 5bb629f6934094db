/** The configuration file on disk: its text, or an error that says why there is none. It does not look into the text. */

import { isUtf8 } from "node:buffer";
import { closeSync, openSync, readSync, statSync } from "node:fs";

import { ExporterError } from "../base/errors.ts";
import { formatSize } from "../base/quantity.ts";

/** Far more than any list of rules takes. */
const mostBytes = 2 ** 20;

/** Reads the whole file. @throws ExporterError CONFIG */
export function readConfig(path: string): string {
  const bytes = readBytes(path);
  if (bytes.length > mostBytes) {
    const want = `a file of at most ${formatSize(mostBytes)}`;
    throw new ExporterError("CONFIG", { where: path, want, got: "a larger one" });
  }
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new ExporterError("CONFIG", { where: `${path}:${brokenLine(bytes)}`, want: "UTF-8", got: "other bytes" });
}

/** One byte more than is allowed at the most, since a pipe does not tell its size. */
function readBytes(path: string): Buffer {
  const bytes = Buffer.alloc(mostBytes + 1);
  let length = 0;
  try {
    refuseQueue(path);
    const file = openSync(path, "r");
    try {
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(file, bytes, { offset: length });
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    if (cause instanceof ExporterError) throw cause;
    throw new ExporterError("CONFIG", { where: path, want: "a readable file", got: reasonOf(cause), cause });
  }
  return bytes.subarray(0, length);
}

/** Who opens a named pipe waits until somebody writes; one that a shell made for its command (`<(...)`) is below /dev. */
function refuseQueue(path: string): void {
  if (path.startsWith("/dev/") || !statSync(path).isFIFO()) return;
  throw new ExporterError("CONFIG", { where: path, want: "a file", got: "a named pipe" });
}

/** The number of the first line that is not UTF-8; no byte of a longer character is a line feed. */
function brokenLine(bytes: Buffer): number {
  let line = 1;
  for (let from = 0; from < bytes.length; line++) {
    const end = bytes.indexOf("\n", from);
    const to = end < 0 ? bytes.length : end;
    if (!isUtf8(bytes.subarray(from, to))) return line;
    from = to + 1;
  }
  return line;
}

function reasonOf(cause: unknown): string {
  switch ((cause as NodeJS.ErrnoException).code) {
    case "ENOENT":
      return "none";
    case "EISDIR":
      return "a directory";
    case "EACCES":
      return "no permission to read it";
    default:
      return String(cause);
  }
}
