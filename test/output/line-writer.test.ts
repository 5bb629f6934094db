import { describe, expect, test } from "@jest/globals";
import { createLineWriter, type Sink } from "../../src/output/line-writer.ts";

/** A sink whose calls are done only when the test releases them. */
function createHeldSink() {
  const texts: string[] = [];
  const held: ((written: boolean) => void)[] = [];
  const sink: Sink = (text, done) => {
    texts.push(text);
    held.push(done);
  };
  return { sink, texts, release: (written: boolean) => held.shift()?.(written) };
}

describe("lines for a reader", () => {
  test("are written in order, all that wait in one call", async () => {
    const { sink, texts, release } = createHeldSink();
    const lines = createLineWriter(sink);
    for (const line of ["a\n", "b\n", "c\n"]) lines.write(line);
    expect(texts).toEqual(["a\n"]);
    release(true);
    await Promise.resolve();
    expect(texts).toEqual(["a\n", "b\nc\n"]);
    release(true);
    expect(lines.dropped).toBe(0);
  });

  test("are counted, each one, when they could not be written", () => {
    const lines = createLineWriter((_text, done) => done(false));
    for (let index = 0; index < 100; index++) lines.write("x\n");
    expect(lines.dropped).toBe(100);
  });

  test("take bounded memory when nobody reads, and further lines are counted as dropped at once", async () => {
    const { sink, texts, release } = createHeldSink();
    const lines = createLineWriter(sink);
    const line = `${"x".repeat(999)}\n`;
    for (let index = 0; index < 10_000; index++) lines.write(line);
    const kept = 10_000 - lines.dropped;
    expect(kept * line.length).toBeLessThan(2 ** 20);
    expect(kept).toBeGreaterThan(100);
    release(true);
    await Promise.resolve();
    release(true);
    expect(texts.join("").length).toBe(kept * line.length);
  });

  test("are written again after a failure", async () => {
    const { sink, texts, release } = createHeldSink();
    const lines = createLineWriter(sink);
    lines.write("lost\n");
    lines.write("kept\n");
    release(false);
    await Promise.resolve();
    release(true);
    expect([texts.at(-1), lines.dropped]).toEqual(["kept\n", 1]);
  });
});

describe("the end of a log", () => {
  test("waits for the last line", async () => {
    const { sink, release } = createHeldSink();
    const lines = createLineWriter(sink);
    lines.write("last\n");
    let flushed = false;
    const flush = lines.flush(600_000).then(() => (flushed = true));
    await Promise.resolve();
    expect(flushed).toBe(false);
    release(true);
    await flush;
  });

  test("waits no longer than the given time for a reader that reads nothing", async () => {
    const { sink } = createHeldSink();
    const lines = createLineWriter(sink);
    lines.write("last\n");
    await expect(lines.flush(1)).resolves.toBeUndefined();
  });
});
