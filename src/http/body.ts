/** A page as bytes, in the parts in which it was made: pages that differ in some of them share the others. */

import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";

export interface Body {
  readonly parts: readonly Uint8Array[];
  /** Of all parts together. */
  readonly bytes: number;
}

/** Level 1 takes 2.4 ms for a megabyte, level 6 takes 6 and saves little more on text of this kind. */
const gzipOptions = { level: 1 };

export function createBody(parts: readonly Uint8Array[]): Body {
  return { parts, bytes: parts.reduce((sum, { length }) => sum + length, 0) };
}

/** Off the event loop, and without a copy of the whole. */
export async function compress({ parts }: Body): Promise<Body> {
  const compressed: Uint8Array[] = [];
  await pipeline(parts, createGzip(gzipOptions), async (chunks: AsyncIterable<Buffer>) => {
    for await (const chunk of chunks) compressed.push(chunk);
  });
  return createBody(compressed);
}
