/** The tables of the metrics of groups, against the table of kernel fields, the naming rules of Prometheus, and the page. */

import { describe, expect, test } from "@jest/globals";
import { createAccount } from "../../src/account/account.ts";
import { createHistogram } from "../../src/account/histogram.ts";
import { createHistogramPlan } from "../../src/account/histogram-plan.ts";
import { createCatalogue } from "../../src/exposition/catalogue.ts";
import type { GroupFigures } from "../../src/exposition/page.ts";
import type { Unit } from "../../src/fields/field.ts";
import { delayKinds, fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import {
  counterMetrics,
  histogramMetrics,
  largestMetrics,
  lifeMetrics,
  threadCounterMetrics,
  threadsByName,
} from "../../src/fields/group-metrics.ts";
import { catalogueLines } from "../support/catalogue-lines.ts";

const fieldMetrics = [...counterMetrics, ...threadCounterMetrics, ...largestMetrics, ...histogramMetrics];
const lifeRows = Object.values(lifeMetrics);
const rows = [...fieldMetrics, threadsByName, ...lifeRows];

const unitOf = (key: FieldKey): Unit => (fields[slotOf(key)] as (typeof fields)[number]).unit;

/** What the name of a metric says of its unit, `_total` left out. */
const unitSuffixes: Partial<Record<Unit, RegExp>> = {
  ns: /_seconds$/,
  us: /_seconds$/,
  kilobytes: /_bytes$/,
  bytes: /_bytes$/,
  mb_us: /_byte_seconds$/,
  events: /(?<!_seconds|_bytes)$/,
};

test("no two metrics have the same name", () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(rows)("$name", ({ name, help }) => {
  test("has a lower-case name of groups, not of the exporter", () => {
    expect(name).toMatch(/^taskstats_(?!exporter_)[a-z]+(_[a-z]+)*$/);
  });

  test("has a help of one line that ends with a period", () => {
    expect(help).toMatch(/^[A-Z][^\n]*\.$/);
    expect(help).not.toMatch(/ {2}/);
  });
});

describe.each(fieldMetrics)("the series of $name", ({ name, help, series }) => {
  test("have the unit that the name says", () => {
    for (const { field } of series) expect(name.replace(/_total$/, "")).toMatch(unitSuffixes[unitOf(field)] ?? /$^/);
  });

  test("have the same one label and different values of it, or are a single one without labels", () => {
    const names = series.map(({ labels }) => Object.keys(labels).join());
    expect(new Set(names).size).toBe(1);
    expect(names[0]).toMatch(series.length === 1 ? /^$/ : /^(kind|mode)$/);
    expect(new Set(series.map(({ labels }) => Object.values(labels).join())).size).toBe(series.length);
  });

  test("are of fields that the help names", () => {
    const named = (field: FieldKey): boolean =>
      help.includes(field) || help.includes(field.replace(new RegExp(`^(${delayKinds.join("|")})_`), "*_"));
    expect(series.map(({ field }) => field).filter((field) => !named(field))).toEqual([]);
  });
});

test("counters end with _total, and other metrics do not", () => {
  for (const { name } of [...counterMetrics, ...threadCounterMetrics]) expect(name).toMatch(/_total$/);
  for (const { name } of [...largestMetrics, ...histogramMetrics]) expect(name).not.toMatch(/_total$/);
  for (const { name, type } of lifeRows) expect(name.endsWith("_total")).toBe(type === "counter");
});

test("no field is summed up by two counters", () => {
  const summed = counterMetrics.flatMap(({ series }) => series.map(({ field }) => field));
  expect(new Set(summed).size).toBe(summed.length);
});

test("every kind of delay has its time, its number and its longest wait", () => {
  const kinds = ({ series }: (typeof fieldMetrics)[number]): readonly unknown[] =>
    series.map(({ labels }) => labels["kind"]);
  const names = ["taskstats_delay_seconds_total", "taskstats_delays_total", "taskstats_delay_max_seconds"];
  const metrics = names.flatMap((name) => fieldMetrics.filter((metric) => metric.name === name));
  expect(metrics.map(kinds)).toEqual([delayKinds, delayKinds, delayKinds]);
});

test("buckets ascend, and are positive and finite", () => {
  for (const { buckets } of histogramMetrics) {
    expect([...new Set(buckets)].sort((a, b) => a - b)).toEqual(buckets);
    expect(buckets[0]).toBeGreaterThan(0);
    expect(buckets.at(-1)).toBeLessThan(Infinity);
  }
});

describe("the page", () => {
  const plan = createHistogramPlan(histogramMetrics);

  function createGroup(): GroupFigures {
    const account = createAccount(plan);
    account.exits.set(0x0300, 1);
    account.histograms = plan.map(({ metric }) => createHistogram(metric.buckets));
    account.throttledNs = 2e9;
    const sums = Float64Array.from(fields, (_, slot) => slot + 1);
    account.largest.fill(5);
    const threadNames = new Map([["t", { labels: { threadname: "t" }, threads: 2, sums }]]);
    return { labels: { groupname: "a" }, account, sums, processes: 1, threads: 2, oldestStart: 1.7e9, threadNames };
  }

  test("shows every series of every row, and no other", () => {
    const shown = catalogueLines({ groups: [createGroup()], histograms: plan });
    const key = (name: string, labels: object): string => `${name} ${JSON.stringify(labels)}`;
    const ofFields = [...counterMetrics, ...largestMetrics].flatMap(({ name, series }) =>
      series.map(({ labels }) => key(name, { groupname: "a", ...labels })),
    );
    const ofHistograms = histogramMetrics.flatMap(({ name, series, buckets }) =>
      series.flatMap(({ labels }) => [
        ...[...buckets.map(String), "+Inf"].map((le) => key(`${name}_bucket`, { groupname: "a", ...labels, le })),
        ...["_sum", "_count"].map((suffix) => key(`${name}${suffix}`, { groupname: "a", ...labels })),
      ]),
    );
    const ofThreads = [
      ...threadCounterMetrics.flatMap(({ name, series }) =>
        series.map(({ labels }) => key(name, { groupname: "a", threadname: "t", ...labels })),
      ),
      key(threadsByName.name, { groupname: "a", threadname: "t" }),
    ];
    // Exits with success are on the page from the start.
    const ofLives = lifeRows.flatMap(({ name, labels }) =>
      (labels.length === 0 ? [{}] : ["0", "3"].map((code) => ({ reason: "exited", code }))).map((own) =>
        key(name, { groupname: "a", ...own }),
      ),
    );
    const lines = shown.map(({ name, labels }) => key(name, labels));
    expect(lines.sort()).toEqual([...ofFields, ...ofThreads, ...ofHistograms, ...ofLives].sort());
  });

  test("shows each counter's own field, in the base unit", () => {
    const { value: faults } = catalogueLines({ groups: [createGroup()] }).find(
      ({ name, labels }) => name === "taskstats_page_faults_total" && labels["kind"] === "major",
    ) ?? { value: NaN };
    expect(faults).toBe(slotOf("ac_majflt") + 1);
    const [run] = catalogueLines({ groups: [createGroup()] }).filter(
      ({ name }) => name === "taskstats_cpu_run_seconds_total",
    );
    expect(run?.value).toBe((slotOf("cpu_run_virtual_total") + 1) / 1e9);
  });

  test("has the type and the help of each row", () => {
    const catalogue = createCatalogue(plan);
    const typed = [
      ...counterMetrics.map((row) => ({ ...row, type: "counter" })),
      ...threadCounterMetrics.map((row) => ({ ...row, type: "counter" })),
      threadsByName,
      ...largestMetrics.map((row) => ({ ...row, type: "gauge" })),
      ...histogramMetrics.map((row) => ({ ...row, type: "histogram" })),
      ...lifeRows,
    ];
    for (const { name, type, help } of typed) {
      expect(catalogue.find((entry) => entry.name === name)).toMatchObject({ type, help });
    }
  });
});
