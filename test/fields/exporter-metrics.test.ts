/** The table of the exporter's own metrics, against the naming rules of Prometheus, and against the page. */

import { describe, expect, test } from "@jest/globals";
import { createHistogram, observe } from "../../src/account/histogram.ts";
import { createCatalogue } from "../../src/exposition/catalogue.ts";
import { exporterMetrics, pollDurationBuckets } from "../../src/fields/exporter-metrics.ts";
import { catalogueLines } from "../support/catalogue-lines.ts";

type Row = (typeof exporterMetrics)[keyof typeof exporterMetrics];
const rows: readonly Row[] = Object.values(exporterMetrics);
const catalogue = createCatalogue([]);

test("no two rows have the same name", () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(rows)("$name", ({ name, type, labels, help }) => {
  test("has a name of the exporter, in lower case, with the suffix that belongs to its type", () => {
    expect(name).toMatch(/^taskstats_exporter_[a-z]+(_[a-z]+)*$/);
    expect(name.endsWith("_total")).toBe(type === "counter");
    expect(name).not.toMatch(/_(bucket|sum|count)$/);
    if (type === "histogram") expect(name).toMatch(/_seconds$/);
  });

  test("has a help of one line that ends with a period, begins with no space, and repeats no space", () => {
    expect(help).toMatch(/^[A-Z0-9][^\n]*\.$/);
    expect(help).not.toMatch(/ {2}/);
  });

  test("has different labels, whose names are neither reserved nor those of groups", () => {
    expect(new Set(labels).size).toBe(labels.length);
    const reserved = ["le", "quantile", "job", "instance", "groupname", "namespace", "pod", "container"];
    for (const label of labels) {
      expect(label).toMatch(/^[a-z]+(_[a-z]+)*$/);
      expect(reserved).not.toContain(label);
    }
  });

  test("is constantly 1 and has labels where its name ends with _info, and only there", () => {
    const isInfo = name.endsWith("_info");
    expect(help.startsWith("Always 1; the labels ")).toBe(isInfo);
    if (isInfo) expect([type, labels.length > 0]).toEqual(["gauge", true]);
  });
});

test("the buckets of a poll's duration ascend from a millisecond to seconds", () => {
  expect(pollDurationBuckets[0]).toBe(0.001);
  expect(pollDurationBuckets.at(-1)).toBe(5);
  expect([...new Set(pollDurationBuckets)].sort((a, b) => a - b)).toEqual(pollDurationBuckets);
});

describe("the page", () => {
  test.each(Object.entries(exporterMetrics))("shows the figure of %s under the row's name and type", (key, row) => {
    const { name, type, help } = row;
    expect(catalogue.find((entry) => entry.name === name)).toMatchObject({ name, type, help });
    const labels = Object.fromEntries(row.labels.map((label) => [label, `some ${label}`]));
    const exporter = type === "histogram" ? { [key]: createHistogram([]) } : { [key]: [{ labels, value: 7 }] };
    const [line] = catalogueLines({ exporter });
    if (type === "histogram") expect(line).toEqual({ name: `${name}_bucket`, labels: { le: "+Inf" }, value: 0 });
    else expect(line).toEqual({ name, labels, value: 7 });
  });

  test("shows the duration of polls in all buckets, each with those below it", () => {
    const pollDuration = createHistogram(pollDurationBuckets);
    for (const seconds of [0.002, 0.002, 60]) observe(pollDuration, seconds);
    const lines = catalogueLines({ exporter: { pollDuration } });
    expect(lines.slice(0, -2).map(({ labels }) => labels["le"])).toEqual([...pollDurationBuckets.map(String), "+Inf"]);
    expect(lines.map(({ value }) => value)).toEqual([0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 60.004, 3]);
  });

  test("shows nothing of figures that are absent", () => {
    expect(catalogueLines({ exporter: {} })).toEqual([]);
  });
});
