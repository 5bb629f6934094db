/** Lines against prom-client's: the same bytes, whatever the labels and figures. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import promClient, { type Metric } from "prom-client";
import { contentTypes } from "../../src/exposition/exposition.ts";
import { createLineWriter, type Format, type Labels, type MetricHead } from "../../src/exposition/lines.ts";

interface Line {
  readonly labels: Labels;
  readonly own: Labels;
  readonly value: number;
  readonly suffix: string;
}

async function renderByPromClient(head: MetricHead, lines: readonly Line[], format: Format): Promise<string> {
  const registry = new promClient.Registry();
  registry.setContentType(contentTypes[format] as promClient.PrometheusContentType);
  const isFamily = format === "openmetrics" && head.type === "counter";
  const name = isFamily ? head.name.replace(/_total$/, "") : head.name;
  const values = lines.map(({ labels, own, value, suffix }) => ({
    ...{ labels, sharedLabels: own, value },
    metricName: `${name}${suffix}`,
  }));
  registry.registerMetric({
    ...head,
    name,
    get: () => Promise.resolve({ ...head, name, values }),
  } as unknown as Metric);
  return `${await registry.getSingleMetricAsString(name)}\n`;
}

const write = (head: MetricHead, lines: readonly Line[], format: Format, writer = createLineWriter(format)) =>
  writer.write(head, (add) => {
    for (const { labels, own, value, suffix } of lines) add(labels, own, value, suffix);
  });

const text = fc.oneof(
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: fc.constantFrom("\\", "\n", '"', "{", "}", ",", "=", " ", "é", "組", "🐧") }),
);
const name = fc.stringMatching(/^[a-z][a-z_]{0,8}$/);
const labels = fc.dictionary(name, text, { maxKeys: 4, noNullPrototype: true });
/** A configuration may not name a group's label as one that a series has of its own. */
const own = fc.dictionary(
  name.map((lower) => lower.toUpperCase()),
  text,
  { maxKeys: 2, noNullPrototype: true },
);
const value = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.constantFrom(0, 0.1 + 0.2, 1e21, 1e-7, 2 ** 53, Infinity, -Infinity),
);
const counter = name.map((base) => ({ name: `${base}_total`, type: "counter" }));
const gauge = name.map((base) => ({ name: base, type: "gauge" }));
const heads = fc.tuple(fc.oneof(counter, gauge), text).map(([head, help]) => ({ ...head, help }));

describe.each<Format>(["text", "openmetrics"])("in %s", (format) => {
  test("counters and gauges are written as prom-client writes them", async () => {
    const lines = fc.array(fc.record({ labels, own, value, suffix: fc.constant("") }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(heads, lines, async (head, written) => {
        expect(write(head, written, format)?.toString()).toBe(await renderByPromClient(head, written, format));
      }),
    );
  });

  test("histograms are written as prom-client writes them", async () => {
    const suffix = fc.constantFrom("_bucket", "_sum", "_count");
    const lines = fc.array(fc.record({ labels, own, value, suffix }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(name, lines, async (base, written) => {
        const head = { name: base, help: "Help.", type: "histogram" };
        expect(write(head, written, format)?.toString()).toBe(await renderByPromClient(head, written, format));
      }),
    );
  });
});

const up: MetricHead = { name: "up", help: "Whether it is up.", type: "gauge" };

test("a metric without lines is not there, and what was written before is not in the next one", () => {
  const writer = createLineWriter("text");
  const line: Line = { labels: { a: "x" }, own: {}, value: 1, suffix: "" };
  expect(write(up, [], "text", writer)).toBeUndefined();
  const first = write(up, [line], "text", writer);
  const second = write(up, [{ ...line, value: 2 }], "text", writer);
  expect(first?.toString()).toBe('# HELP up Whether it is up.\n# TYPE up gauge\nup{a="x"} 1\n');
  expect(second?.toString()).toBe('# HELP up Whether it is up.\n# TYPE up gauge\nup{a="x"} 2\n');
  expect(writer.count).toBe(2);
});

test("megabytes of lines are all there, in characters of any length", () => {
  const lines = Array.from({ length: 50_000 }, (_, index): Line => {
    return { labels: { name: `組-${index}` }, own: { kind: "é" }, value: index, suffix: "" };
  });
  const written = write(up, lines, "text")?.toString().split("\n").slice(2, -1) ?? [];
  expect(written).toHaveLength(50_000);
  expect(written[49_999]).toBe('up{name="組-49999",kind="é"} 49999');
});
