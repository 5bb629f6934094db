/** The table of process-exporter's metrics, against this program's own. What process-exporter has is compared in test/oracle. */

import { describe, expect, test } from "@jest/globals";
import { slotOf } from "../../src/fields/fields.ts";
import { exporterMetrics } from "../../src/fields/exporter-metrics.ts";
import { counterMetrics, lifeMetrics } from "../../src/fields/group-metrics.ts";
import {
  processExporterFields,
  processExporterGroups,
  processExporterMemory,
  processExporterScrapes,
  processExporterStates,
  processExporterThreadCount,
  processExporterThreadFields,
} from "../../src/fields/process-exporter-metrics.ts";
import { memoryKindNames, stateMetrics, threadStateNames } from "../../src/fields/state-metrics.ts";

const rows = [
  ...[...processExporterFields, ...Object.values(processExporterGroups), ...processExporterScrapes],
  ...[processExporterThreadCount, ...processExporterThreadFields],
];

/** Metrics by the names of threads have a table of their own. */
const ofThreads = /^taskstats_thread(_|s_by_name$)/;

const own = [
  ...[...counterMetrics, ...Object.values(lifeMetrics)],
  ...[...Object.values(stateMetrics), ...Object.values(exporterMetrics)],
].map(({ name }) => name);

test("no two metrics have the same name", () => {
  expect(new Set(rows.map(({ name }) => name)).size).toBe(rows.length);
});

describe.each(rows)("$name", ({ name, help, native }) => {
  test("is one of process-exporter's two families of names", () => {
    expect(name).toMatch(/^namedprocess_(namegroup|scrape)_[a-z]+(_[a-z]+)*$/);
  });

  test("names metrics of this program that exist", () => {
    expect(native.length).toBeGreaterThan(0);
    expect(native.filter((other) => !own.includes(other) && !ofThreads.test(other))).toEqual([]);
  });

  test("has a help of one line that ends with a period", () => {
    expect(help).toMatch(/^[A-Z][^\n]*\.$/);
  });
});

test("the counters of kernel fields are those that the native metric is made of", () => {
  for (const { native, fields } of processExporterFields) {
    const [metric] = counterMetrics.filter(({ name }) => native.includes(name));
    const known = metric?.series.map(({ field }) => slotOf(field)) ?? [];
    expect(known).toEqual(expect.arrayContaining(Object.values(fields).map(slotOf)));
  }
});

test("every state of a thread is in one state of process-exporter", () => {
  expect(Object.values(processExporterStates).flat().sort()).toEqual([...threadStateNames].sort());
});

test("every kind of memory has its name there", () => {
  expect(Object.values(processExporterMemory).sort()).toEqual([...memoryKindNames].sort());
});
