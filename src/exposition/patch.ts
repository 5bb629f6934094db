/** Replaces lines of a rendered page by others of the same series. Pure. */

import type { Part } from "./exposition.ts";

const newline = 0x0a;

function* linesOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(newline, at) + 1 || bytes.length;
    yield bytes.subarray(at, end);
    at = end;
  }
}

/** Finds where a whole line begins in `bytes`, from `at`, the begin of a line. @throws Error where the line is not there */
function findLine(bytes: Buffer, line: Buffer, at: number): number {
  for (let found = bytes.indexOf(line, at); found >= 0; found = bytes.indexOf(line, found + 1)) {
    if (found === 0 || bytes[found - 1] === newline) return found;
  }
  throw new Error(`want the line "${line.toString().trim()}" on the page, got none`);
}

function patchPart(bytes: Buffer, before: Buffer, after: Buffer): Buffer {
  const pieces: Buffer[] = [];
  const others = linesOf(after);
  let at = 0;
  for (const line of linesOf(before)) {
    const { value: other } = others.next() as { readonly value: Buffer };
    if (line.equals(other)) continue;
    const found = findLine(bytes, line, at);
    pieces.push(bytes.subarray(at, found), other);
    at = found + line.length;
  }
  return at === 0 ? bytes : Buffer.concat([...pieces, bytes.subarray(at)]);
}

/**
 * Replaces the lines in which `after` differs from `before`. Both hold the same series of `parts`, in the order of `parts`.
 *
 * @returns the parts of the page; a part without a difference is the one of `parts`, not a copy
 */
export function patchParts(parts: readonly Part[], before: readonly Part[], after: readonly Part[]): readonly Part[] {
  const afterOf = new Map(after.map((part) => [part.name, part.bytes]));
  const beforeOf = new Map(before.map((part) => [part.name, part.bytes]));
  return parts.map((part) => {
    const from = beforeOf.get(part.name);
    const to = afterOf.get(part.name);
    return from === undefined || to === undefined ? part : { ...part, bytes: patchPart(part.bytes, from, to) };
  });
}
