/** Bodies of answers as text, whole or by lines, up to so many bytes. A stream that is given up is destroyed. */

const newline = 0x0a;

/** A whole body; undefined where it is longer than `maxBytes`. */
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

/** The lines of a body as they come, the last one with or without its newline. One longer than `maxBytes` is undefined, and the last. */
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
  /** A newline follows. */
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
