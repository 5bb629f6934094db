/** Reads the text of a configuration file from disk. It knows nothing of YAML. */

import { isUtf8 } from "node:buffer";

import { readBoundedFile } from "../base/bounded-file.ts";
import { ExporterError, type ErrorCode } from "../base/errors.ts";

/** Reads the whole file, which must be UTF-8. @throws ExporterError with this code, which says why it cannot be read */
export function readText(path: string, code: ErrorCode): string {
  const where = path === "" ? '""' : path;
  const { bytes, obstacle, ...failure } = readBoundedFile(path);
  if (bytes === undefined) throw new ExporterError(code, { where, want: "a readable file", got: obstacle, ...failure });
  if (isUtf8(bytes)) return bytes.toString("utf8");
  throw new ExporterError(code, { where: `${where}:${brokenLine(bytes)}`, want: "UTF-8", got: "other bytes" });
}

/** The number of the first line that is not UTF-8. Bytes can be cut into lines: no longer character has a line feed in it. */
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
