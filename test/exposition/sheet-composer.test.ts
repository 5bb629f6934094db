/** Sheets in a format of its own: a head, then `labels own=number;` or `labels own#count;` for a histogram. */

import { describe, expect, test } from "@jest/globals";
import { createGatheredSeries, type GatheredSeries } from "../../src/exposition/gathered-series.ts";
import type { SeriesEncoder } from "../../src/exposition/series-encoder.ts";
import type { Labels, MetricHead } from "../../src/exposition/series.ts";
import { createComposer, hasSameSeries, type ComposedSheet } from "../../src/exposition/sheet-composer.ts";
import type { Sheet } from "../../src/exposition/sheet.ts";

/** Notes what is written, and not copied. */
function createPlainEncoder() {
  const written: string[] = [];
  const textOf = (labels: Labels): string => Object.values(labels).join();
  const encoder: SeriesEncoder = {
    writeHead: (scratch, { name }) => scratch.text(`${name}:`),
    beginValue(scratch, { labels }, own) {
      written.push(`${textOf(labels)} ${textOf(own)}`);
      scratch.text(`${textOf(labels)} ${textOf(own)}=`);
    },
    writeNumber(scratch, value) {
      written.push(String(value));
      scratch.text(String(value));
    },
    endValue: (scratch) => scratch.text(";"),
    writeHistogram(scratch, { labels }, { count }) {
      written.push(`${textOf(labels)}#${count}`);
      scratch.text(`${textOf(labels)}#${count};`);
    },
    countHistogram: () => 1,
    take(scratch) {
      const bytes = scratch.take();
      return { bytes, body: bytes };
    },
  };
  return { encoder, takeWritten: () => written.splice(0) };
}

const head: MetricHead = { name: "m", help: "Help.", type: "gauge" };
const [a, b, c] = [{ groupname: "a" }, { groupname: "b" }, { groupname: "c" }];
const [d, e] = [{ groupname: "d" }, { groupname: "e" }];
const own = { kind: "x" };
const shape = { labels: {}, bounds: [] };

type Given = readonly (readonly [Labels, number])[];

function gather(series: Given, histograms: Given = []): GatheredSeries {
  const gathered = createGatheredSeries();
  for (const [labels, value] of series) gathered.sink.value(labels, own, value);
  for (const [labels, count] of histograms)
    gathered.sink.histogram(labels, shape, { counts: new Float64Array(), sum: 0, count });
  return gathered;
}

function sheetOf({ count, labels, kinds, values, created }: GatheredSeries, composed: ComposedSheet): Sheet {
  const rows = { labels: labels.slice(0, count), kinds: kinds.slice(0, count), created: created.slice(0, count) };
  return { ...rows, values: values.slice(0, count), shownCount: count, starts: undefined, ...composed };
}

function createSituation() {
  const { encoder, takeWritten } = createPlainEncoder();
  const composer = createComposer(encoder);
  const first = gather([[a, 1], [b, 22], [c, 3]], [[d, 5], [e, 6]]); // prettier-ignore
  const sheet = sheetOf(first, composer.compose(head, first, undefined));
  expect(sheet.bytes.toString()).toBe("m:a x=1;b x=22;c x=3;d#5;e#6;");
  takeWritten();
  return { composer, sheet, first, takeWritten };
}

describe("a sheet that is composed from the one before", () => {
  test.each<[string, Given, Given, string, readonly string[]]>([
    [
      "copies all that stayed",
      [
        [a, 1],
        [b, 22],
        [c, 3],
      ],
      [
        [d, 5],
        [e, 6],
      ],
      "m:a x=1;b x=22;c x=3;d#5;e#6;",
      [],
    ],
    [
      "writes numbers that changed",
      [
        [a, 1],
        [b, 4],
        [c, 3],
      ],
      [],
      "m:a x=1;b x=4;c x=3;",
      ["4"],
    ],
    [
      "writes a histogram whose count changed",
      [],
      [
        [d, 5],
        [e, 777],
      ],
      "m:d#5;e#777;",
      ["e#777"],
    ],
    ["leaves out what went", [[c, 3]], [[e, 6]], "m:c x=3;e#6;", []],
    [
      "writes series that came",
      [
        [a, 1],
        [{ groupname: "f" }, 9],
        [b, 22],
      ],
      [],
      "m:a x=1;f x=9;b x=22;",
      ["f x", "9"],
    ],
    [
      "copies what moved",
      [
        [c, 3],
        [a, 1],
      ],
      [],
      "m:c x=3;a x=1;",
      [],
    ],
  ])("%s", (_does, series, histograms, text, expected) => {
    const { composer, sheet, takeWritten } = createSituation();
    const next = gather(series, histograms);
    const composed = composer.compose(head, next, sheet);
    expect(composed.bytes.toString()).toBe(text);
    expect(takeWritten()).toEqual(expected);
    // The places are right if the next sheet can be made from them.
    const again = composer.compose(head, next, sheetOf(next, composed));
    expect([again.bytes.toString(), ...takeWritten()]).toEqual([text]);
  });
});

describe("an update", () => {
  const update = (changes: Readonly<Record<number, number>>) => {
    const { composer, sheet, first, takeWritten } = createSituation();
    const indexes = Object.keys(changes).map(Number);
    const values = sheet.values.map((value, index) => changes[index] ?? value);
    const histograms = indexes.map((index) => {
      const former = first.histograms[index];
      return former && { ...former, count: values[index] as number };
    });
    const updated = { ...sheet, values, ...composer.update(head, sheet, { indexes, values, histograms }) };
    const written = takeWritten();
    const all = { ...first, values, count: first.count };
    const again = composer.compose(head, all, updated);
    expect([again.bytes.toString(), ...takeWritten()]).toEqual([updated.bytes.toString()]);
    return { text: updated.bytes.toString(), written, updated, sheet };
  };

  test("writes only the numbers and histograms that changed, longer or shorter ones too", () => {
    const { text, written } = update({ 0: 1000, 1: 4, 4: 77 });
    expect(text).toBe("m:a x=1000;b x=4;c x=3;d#5;e#77;");
    expect(written).toEqual(["1000", "4", "e#77"]);
  });

  test("keeps the places where all numbers are as long as before", () => {
    const { text, updated, sheet } = update({ 1: 33, 3: 7 });
    expect(text).toBe("m:a x=1;b x=33;c x=3;d#7;e#6;");
    expect(updated.ends).toBe(sheet.ends);
  });
});

test("series are the same where all are, in the same order", () => {
  const { sheet, first } = createSituation();
  expect(hasSameSeries(first, sheet)).toBe(true);
  expect(hasSameSeries(gather([[a, 1], [b, 22]]), sheet)).toBe(false); // prettier-ignore
  expect(hasSameSeries(gather([[a, 1], [c, 3], [b, 22]], [[d, 5], [e, 6]]), sheet)).toBe(false); // prettier-ignore
});
