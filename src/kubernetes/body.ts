/** Reads the body of an answer as text, whole or by lines, up to a limit. A stream that is not read to its end is destroyed. */

const newline = 0x0a;

/** Reads the whole body. @returns undefined if it is longer than `maxBytes` */
export async function readWhole(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.length;
    if (length > maxBytes) return undefined;
    parts.push(part);
  }
  return decode(parts);
}

/**
 * Yields the lines of a body as they arrive. The last line may lack its newline. Instead of a line that is longer than
 * `maxBytes` it yields undefined, and ends.
 */
export async function* linesOf(body: AsyncIterable<Uint8Array>, maxBytes: number): AsyncGenerator<string | undefined> {
  let parts: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    for (const piece of piecesOf(chunk)) {
      length += piece.bytes.length;
      if (length > maxBytes) {
        yield undefined;
        return;
      }
      parts.push(piece.bytes);
      if (!piece.ends) continue;
      yield decode(parts);
      parts = [];
      length = 0;
    }
  }
  if (length > 0) yield decode(parts);
}

interface Piece {
  readonly bytes: Uint8Array;
  /** True if a newline follows. */
  readonly ends: boolean;
}

function* piecesOf(chunk: Uint8Array): Generator<Piece> {
  let start = 0;
  for (let end = chunk.indexOf(newline); end !== -1; end = chunk.indexOf(newline, start)) {
    yield { bytes: chunk.subarray(start, end), ends: true };
    start = end + 1;
  }
  if (start < chunk.length) yield { bytes: chunk.subarray(start), ends: false };
}

function decode(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString("utf8");
}
