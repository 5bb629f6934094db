import { expect, test } from "@jest/globals";
import { printTop, type PrintTopOptions } from "../../../src/commands/top/print.ts";
import type { ViewSource } from "../../../src/commands/top/source.ts";
import type { LiveView } from "../../../src/live/view.ts";
import { groupViewOf, liveViewOf } from "../../support/live-groups.ts";

const viewAt = (sampledAt: number, span: number | undefined = 5): LiveView =>
  liveViewOf([groupViewOf("a\u009b", { run: 1 }), groupViewOf("b", { exits: 2 })], { sampledAt, span });

/** Prints these views, until they are over or the sink fails. @returns what was printed */
async function print(views: readonly LiveView[], options: Partial<PrintTopOptions> = {}): Promise<string[]> {
  const left = [...views];
  const printed: string[] = [];
  const over = new Error("over");
  const source: ViewSource = {
    origin: "Exporter: here",
    next: () => (left.length > 0 ? Promise.resolve(left.shift() as LiveView) : Promise.reject(over)),
    stop: () => undefined,
  };
  const sink: PrintTopOptions["sink"] = (text, done) => {
    printed.push(text);
    done(true);
  };
  try {
    await printTop({
      ...{ source, sink, sort: "busy", json: false, once: false, width: 80, colour: false, depth: 0 },
      ...options,
    });
  } catch (error) {
    if (error !== over) throw error;
  }
  return printed;
}

test("once prints the first view that has rates", async () => {
  const printed = await print([viewAt(1, undefined), viewAt(2), viewAt(3)].slice(1), { once: true });
  expect(printed).toHaveLength(1);
  const first = liveViewOf([], { span: undefined });
  expect(await print([first, viewAt(2)], { once: true, json: true })).toEqual([
    expect.stringContaining('"sampledAt":2'),
  ]);
});

test("each sample is printed once, as a table with a line between it and the one before", async () => {
  const printed = await print([viewAt(1), viewAt(1), viewAt(2)]);
  expect(printed).toHaveLength(2);
  expect(printed[0]).toMatch(/^box: 2 CPUs, .*\n(?:.*\n)*GROUP .*\na\\x9b +1 +1\.00 .*\nb /);
  expect(printed[1]?.startsWith("\nbox: ")).toBe(true);
});

test("JSON is one line for each sample, safe on a terminal, and has the view as it is", async () => {
  const printed = await print([viewAt(1), viewAt(2)], { json: true });
  expect(printed.map((line) => JSON.parse(line) as unknown)).toEqual([viewAt(1), viewAt(2)]);
  for (const line of printed) expect(line).toMatch(/^\P{Cc}*\n$/u);
});

test("the order is that of the key", async () => {
  const [table] = await print([viewAt(1)], { sort: "exits" });
  expect(table).toMatch(/\nb .*\na/);
});

test("a reader that has gone ends it without an error, and a full disk with one", async () => {
  const failWith =
    (code: string): PrintTopOptions["sink"] =>
    (_, done) =>
      done(false, Object.assign(new Error(code), { code }));
  expect(await print([viewAt(1), viewAt(2)], { sink: failWith("EPIPE") })).toEqual([]);
  await expect(print([viewAt(1)], { sink: failWith("ENOSPC") })).rejects.toThrow("OUTPUT_FAILED");
});
