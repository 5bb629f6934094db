import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import { Readable } from "node:stream";
import { linesOf, readWhole } from "../../src/kubernetes/body.ts";

/** A stream of `text` in chunks that end at these byte offsets. */
function streamOf(text: string, cuts: readonly number[] = []): Readable {
  const bytes = Buffer.from(text);
  const ends = [...cuts, bytes.length].filter((cut) => cut <= bytes.length).sort((a, b) => a - b);
  return Readable.from(ends.map((end, at) => bytes.subarray(at === 0 ? 0 : ends[at - 1], end)));
}

async function collect(lines: AsyncIterable<string | undefined>): Promise<(string | undefined)[]> {
  const all: (string | undefined)[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

describe("lines of a body", () => {
  test("are the same for all chunks into which it may be cut, even within a character", async () => {
    const line = fc.string({ unit: "grapheme", maxLength: 20 }).map((text) => text.replaceAll("\n", " "));
    await fc.assert(
      fc.asyncProperty(fc.array(line), fc.array(fc.nat(200)), async (lines, cuts) => {
        const body = lines.map((text) => `${text}\n`).join("");
        expect(await collect(linesOf(streamOf(body, cuts), 1000))).toEqual(lines);
      }),
    );
  });

  test("end with the last one, which may lack its newline", async () => {
    expect(await collect(linesOf(streamOf("a\n\nb"), 10))).toEqual(["a", "", "b"]);
  });

  test("may be as long as the limit", async () => {
    expect(await collect(linesOf(streamOf("0123456789\n", [4]), 10))).toEqual(["0123456789"]);
  });

  test("end with undefined as soon as one is too long", async () => {
    const body = streamOf(`a\n${"x".repeat(11)}`, [3, 12]);
    expect(await collect(linesOf(body, 9))).toEqual(["a", undefined]);
    expect(body.destroyed).toBe(true);
  });

  test("destroy their stream if the caller stops reading them", async () => {
    const body = streamOf("a\nb\n", [2]);
    for await (const line of linesOf(body, 9)) {
      expect(line).toBe("a");
      break;
    }
    expect(body.destroyed).toBe(true);
  });
});

describe("a whole body", () => {
  test("is read up to its limit, beyond which the stream is destroyed", async () => {
    expect(await readWhole(streamOf("\u00e41234", [1, 3]), 6)).toBe("\u00e41234");
    const body = streamOf("\u00e412345", [1, 3]);
    expect(await readWhole(body, 6)).toBeUndefined();
    expect(body.destroyed).toBe(true);
  });
});
