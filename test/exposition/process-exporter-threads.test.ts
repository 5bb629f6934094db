/** The series by the names of threads under process-exporter's names. */

import { expect, test } from "@jest/globals";
import type { Page } from "../../src/exposition/page.ts";
import { processExporterThreadEntries } from "../../src/exposition/process-exporter-threads.ts";
import type { Labels } from "../../src/exposition/series.ts";
import { fields, slotOf } from "../../src/fields/fields.ts";
import { accountOf, groupOf, pageOf } from "../support/page-figures.ts";

const labels = { threadname: "worker" };
const sums = Float64Array.from(fields, (_field, slot) => 1000 * slot);
const named = { ...groupOf("web", accountOf({})), threadNames: new Map([["worker", { labels, threads: 3, sums }]]) };

interface Line {
  readonly own: Labels;
  readonly value: number;
}

function linesOf(name: string, page: Page = pageOf(named), entries = processExporterThreadEntries()): Line[] {
  const lines: Line[] = [];
  const [entry] = entries.filter((one) => one.name === `namedprocess_namegroup_thread_${name}`);
  entry?.fill(page, { value: (_labels, own, value) => void lines.push({ own, value }), histogram: () => undefined });
  return lines;
}

test("each counter shows its fields in base units, with the labels that process-exporter has", () => {
  const value = (key: Parameters<typeof slotOf>[0], unit = 1): number => (1000 * slotOf(key)) / unit;
  expect(linesOf("cpu_seconds_total")).toEqual([
    { own: { threadname: "worker", mode: "user" }, value: value("ac_utime", 1e6) },
    { own: { threadname: "worker", mode: "system" }, value: value("ac_stime", 1e6) },
  ]);
  expect(linesOf("io_bytes_total")).toEqual([
    { own: { threadname: "worker", iomode: "read" }, value: value("read_bytes") },
    { own: { threadname: "worker", iomode: "write" }, value: value("write_bytes") },
  ]);
  expect(linesOf("minor_page_faults_total")).toEqual([{ own: labels, value: value("ac_minflt") }]);
  expect(linesOf("major_page_faults_total")).toEqual([{ own: labels, value: value("ac_majflt") }]);
  expect(linesOf("context_switches_total")).toEqual([
    { own: { threadname: "worker", ctxswitchtype: "voluntary" }, value: value("nvcsw") },
    { own: { threadname: "worker", ctxswitchtype: "nonvoluntary" }, value: value("nivcsw") },
  ]);
});

test("the number of live threads has no label besides the name", () => {
  expect(linesOf("count")).toEqual([{ own: labels, value: 3 }]);
});

test("a group without figures by name has no series", () => {
  expect(linesOf("count", pageOf(groupOf("web", accountOf({}))))).toEqual([]);
});

test("a series has the same object of labels on each page", () => {
  const entries = processExporterThreadEntries();
  const [first, second] = [1, 2].map(() => linesOf("cpu_seconds_total", pageOf(named), entries));
  expect(second?.[0]?.own).toBe(first?.[0]?.own);
});
