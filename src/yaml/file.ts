/** A configuration file on disk: its text, or an error that says why there is none. It does not look into the text. */

import { isUtf8 } from "node:buffer";

import { readBoundedFile } from "../base/bounded-file.ts";
import { ExporterError, type ErrorCode } from "../base/errors.ts";

/** Reads the whole file, which must be UTF-8. @param code of what is thrown where it cannot be read */
export function readText(path: string, code: ErrorCode): string {
  const where = path === "" ? '""' : path;
  const { bytes, obstacle, ...failure } = readBoundedFile(path);
  if (bytes === undefined) throw new ExporterError(code, { where, want: "a readable file", got: obstacle, ...failure });
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new ExporterError(code, { where: `${where}:${brokenLine(bytes)}`, want: "UTF-8", got: "other bytes" });
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
