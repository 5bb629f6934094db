/** The text of metrics against prom-client's: the same bytes, whatever the labels and figures, and whatever was on the page before. */

import { describe, expect, test } from "@jest/globals";
import { fc } from "../support/properties.ts";
import promClient, { type Metric } from "prom-client";
import { contentTypes } from "../../src/exposition/exposition.ts";
import type { HistogramShape, Labels, MetricHead, MetricWriter, SeriesSink } from "../../src/exposition/series.ts";
import { createTextWriter, type TextFormat } from "../../src/exposition/text-writer.ts";

/** A counter's or gauge's series. */
interface Series {
  readonly labels: Labels;
  readonly own: Labels;
  readonly value: number;
}

interface HistogramSeries {
  readonly labels: Labels;
  readonly shape: HistogramShape;
  readonly counts: readonly number[];
  readonly sum: number;
  readonly above: number;
}

/** A line as prom-client takes it. */
interface Line {
  readonly labels: Labels;
  readonly sharedLabels: Labels;
  readonly value: number;
  readonly metricName: string;
}

const formats = ["text", "openmetrics"] as const satisfies readonly TextFormat[];

async function renderByPromClient(head: MetricHead, lines: readonly Line[], format: TextFormat): Promise<string> {
  const registry = new promClient.Registry();
  registry.setContentType(contentTypes[format] as promClient.PrometheusContentType);
  const isFamily = format === "openmetrics" && head.type === "counter";
  const name = isFamily ? head.name.replace(/_total$/, "") : head.name;
  const values = lines.map((line) => ({ ...line, metricName: `${name}${line.metricName}` }));
  registry.registerMetric({
    ...head,
    name,
    get: () => Promise.resolve({ ...head, name, values }),
  } as unknown as Metric);
  return `${await registry.getSingleMetricAsString(name)}\n`;
}

const lineOf = ({ labels, own, value }: Series): Line => ({ labels, sharedLabels: own, value, metricName: "" });

/** OpenMetrics has bounds as floats, which prom-client writes as it writes all numbers. */
function boundText(bound: number, format: TextFormat): string {
  const text = String(bound);
  return format === "text" || /[.e]/.test(text) ? text : `${text}.0`;
}

function linesOf({ labels, shape, counts, sum, above }: HistogramSeries, format: TextFormat): Line[] {
  let cumulative = 0;
  const bucket = (le: string, count: number): Line => {
    cumulative += count;
    return { labels, sharedLabels: { ...shape.labels, le }, value: cumulative, metricName: "_bucket" };
  };
  const buckets = shape.bounds.map((bound, index) => bucket(boundText(bound, format), counts[index] ?? 0));
  const all = bucket("+Inf", above);
  const rest = { labels, sharedLabels: shape.labels };
  return [
    ...[...buckets, all],
    { ...rest, value: sum, metricName: "_sum" },
    { ...rest, value: cumulative, metricName: "_count" },
  ];
}

function fillWith(all: readonly Series[]): (sink: SeriesSink) => void {
  return (sink) => all.forEach(({ labels, own, value }) => sink.value(labels, own, value));
}

function fillHistograms(all: readonly HistogramSeries[]): (sink: SeriesSink) => void {
  return (sink) => {
    for (const { labels, shape, counts, sum, above } of all) {
      const count = counts.reduce((total, part) => total + part, above);
      sink.histogram(labels, shape, { counts: Float64Array.from(counts), sum, count });
    }
  };
}

const write = (head: MetricHead, all: readonly Series[], format: TextFormat, writer = createTextWriter(format)) =>
  writer.write(head, fillWith(all))?.toString();

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
  fc.constantFrom(0, -0, 9, 10, 0.1 + 0.2, 1e21, 1e-7, 2 ** 31 - 1, 2 ** 31, 2 ** 53, Infinity, -Infinity),
);
const counter = name.map((base) => ({ name: `${base}_total`, type: "counter" }));
const gauge = name.map((base) => ({ name: base, type: "gauge" }));
const heads = fc.tuple(fc.oneof(counter, gauge), text).map(([head, help]) => ({ ...head, help }));

const shape = fc.record({
  labels: own,
  bounds: fc.uniqueArray(fc.oneof(fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true })), { maxLength: 4 }),
});
const count = fc.nat();
const histogram = fc.record({
  labels,
  shape,
  counts: fc.array(count, { minLength: 4, maxLength: 4 }),
  sum: value,
  above: count,
});
const trimmed = histogram.map((one) => ({ ...one, counts: one.counts.slice(0, one.shape.bounds.length) }));

/** Pages of one metric, whose series come from a few objects of labels, as those of groups that come, stay and go do. */
const pages = fc
  .tuple(fc.array(labels, { minLength: 1, maxLength: 4 }), fc.array(own, { minLength: 1, maxLength: 3 }))
  .chain(([groups, owns]) => {
    const values = fc.constantFrom(0, 7, 1234, 0.5, 1e300);
    const group = fc.tuple(
      fc.constantFrom(...groups),
      fc.array(fc.record({ own: fc.constantFrom(...owns), value: values }), { maxLength: 4 }),
    );
    const page = fc
      .array(group, { maxLength: 5 })
      .map((all) => all.flatMap(([ofGroup, series]) => series.map((one) => ({ labels: ofGroup, ...one }))));
    return fc.array(page, { minLength: 2, maxLength: 6 });
  });

describe.each(formats)("in %s", (format) => {
  test("counters and gauges are written as prom-client writes them", async () => {
    const series = fc.array(fc.record({ labels, own, value }), { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(heads, series, async (head, all) => {
        expect(write(head, all, format)).toBe(await renderByPromClient(head, all.map(lineOf), format));
      }),
    );
  });

  test("histograms are written as prom-client writes them", async () => {
    await fc.assert(
      fc.asyncProperty(name, fc.array(trimmed, { minLength: 1 }), async (base, all) => {
        const head = { name: base, help: "Help.", type: "histogram" };
        const expected = await renderByPromClient(
          head,
          all.flatMap((one) => linesOf(one, format)),
          format,
        );
        expect(createTextWriter(format).write(head, fillHistograms(all))?.toString()).toBe(expected);
      }),
    );
  });

  test("a page is written as if there had been none before, whatever series came, went, changed or moved", () => {
    const head = { name: "metric", help: "Help.", type: "gauge" };
    fc.assert(
      fc.property(pages, (all) => {
        const writer = createTextWriter(format);
        for (const page of all) expect(write(head, page, format, writer)).toBe(write(head, page, format));
      }),
    );
  });
});

describe("a metric", () => {
  const head = { name: "metric", help: "Help.", type: "gauge" };
  const [a, b] = [{ groupname: "a" }, { groupname: "b" }];
  const [read, written] = [{ kind: "read" }, { kind: "written" }];
  const page = (...values: readonly number[]): readonly Series[] =>
    [a, b].flatMap((group, index) => [
      { labels: group, own: read, value: values[2 * index] ?? 0 },
      { labels: group, own: written, value: values[2 * index + 1] ?? 0 },
    ]);
  const writeBy = (writer: MetricWriter, all: readonly Series[]) => writer.write(head, fillWith(all));

  test("that is a counter without _total keeps its name, and has no known type in OpenMetrics", () => {
    const errors = { name: "scrape_errors", help: "Help.", type: "counter" };
    const written = (format: TextFormat) => write(errors, [{ labels: {}, own: {}, value: 3 }], format);
    expect(written("text")).toMatch(/# TYPE scrape_errors counter\nscrape_errors 3\n/);
    expect(written("openmetrics")).toMatch(/# TYPE scrape_errors unknown\nscrape_errors 3\n/);
  });

  test("without series has no head either", () => {
    const writer = createTextWriter("text");
    expect(writeBy(writer, [])).toBeUndefined();
    expect(writer.count).toBe(0);
  });

  test("in which nothing has changed is the same buffer, and one in which something has is another", () => {
    const writer = createTextWriter("text");
    const first = writeBy(writer, page(1, 2, 3, 4));
    expect(writeBy(writer, page(1, 2, 3, 4))).toBe(first);
    const text = first?.toString();
    expect(writeBy(writer, page(1, 2, 3, 5))?.toString()).toContain('metric{groupname="b",kind="written"} 5\n');
    expect(first?.toString()).toBe(text);
  });

  test("takes another number of another length in the middle of its lines", () => {
    const writer = createTextWriter("text");
    writeBy(writer, page(1, 2, 3, 4));
    expect(writeBy(writer, page(1, 123_456, 0.25, 4))?.toString()).toBe(
      [
        "# HELP metric Help.",
        "# TYPE metric gauge",
        'metric{groupname="a",kind="read"} 1',
        'metric{groupname="a",kind="written"} 123456',
        'metric{groupname="b",kind="read"} 0.25',
        'metric{groupname="b",kind="written"} 4\n',
      ].join("\n"),
    );
  });

  test("is written whole again after a page without it", () => {
    const writer = createTextWriter("text");
    const text = writeBy(writer, page(1, 2, 3, 4))?.toString();
    writeBy(writer, []);
    expect(writeBy(writer, page(1, 2, 3, 4))?.toString()).toBe(text);
    expect(writer.count).toBe(8);
  });
});
