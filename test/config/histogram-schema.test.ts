import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { chooseHistograms, histogramsSchema } from "../../src/config/histogram-schema.ts";
import { histogramMetrics } from "../../src/fields/group-metrics.ts";
import { issuesOf } from "../support/issues.ts";

const cpu = "taskstats_process_cpu_seconds";
const delay = "taskstats_process_delay_seconds";
const kindNames = "one of cpu, blkio, swapin, freepages, thrashing, compact, wpcopy, irq";

const chosen = (section: unknown) => chooseHistograms(v.parse(histogramsSchema, section));
const choiceOf = (name: string, choice: unknown) => chosen({ [name]: choice }).find((metric) => metric.name === name);
const issues = (name: string, choice: unknown): string[] => issuesOf(histogramsSchema, { [name]: choice });

describe("the section histograms", () => {
  test.each([{}, { [cpu]: null }, { [cpu]: {} }, { [cpu]: { enabled: null, buckets: null } }])(
    "keeps what it does not choose: %j",
    (section) => {
      expect(chosen(section)).toEqual(histogramMetrics);
    },
  );

  test("turns a histogram off", () => {
    expect(chosen({ [cpu]: { enabled: "no" } }).map(({ name }) => name)).toEqual([
      "taskstats_process_lifetime_seconds",
      "taskstats_process_delay_seconds",
      "taskstats_process_max_rss_bytes",
    ]);
    expect(chosen({ [cpu]: { enabled: "yes" } })).toEqual(histogramMetrics);
  });

  test("chooses the buckets of a histogram, and leaves its series", () => {
    const { series = [] } = histogramMetrics.find(({ name }) => name === cpu) ?? {};
    expect(choiceOf(cpu, { buckets: ["-1", "0.10", "1e1", "+20"] })).toMatchObject({
      buckets: [-1, 0.1, 10, 20],
      series,
    });
  });

  test("chooses the kinds of a delay, in the order of the file", () => {
    expect(choiceOf(delay, { kinds: ["irq", "cpu"] })?.series).toEqual([
      { labels: { kind: "irq" }, field: "irq_delay_total" },
      { labels: { kind: "cpu" }, field: "cpu_delay_total" },
    ]);
  });

  test("refuses a histogram that does not exist, and names those that do", () => {
    const names = histogramMetrics.map(({ name }) => name).join(", ");
    expect(issues("taskstats_process_cpu_second", {})).toEqual([`taskstats_process_cpu_second: ${names}`]);
  });

  test("refuses kinds where the histogram has none", () => {
    expect(issues(cpu, { kinds: ["cpu"] })).toEqual([`${cpu}.kinds: enabled, buckets`]);
  });

  test.each<[string, unknown, string]>([
    ["a kind that does not exist", { kinds: ["cpu", "io"] }, `kinds.1: ${kindNames}`],
    ["a kind twice", { kinds: ["cpu", "irq", "cpu"] }, "kinds.2: each kind once"],
    ["no kinds", { kinds: [] }, "kinds: at least one kind"],
    ["a text for kinds", { kinds: "cpu" }, "kinds: a list of kinds of delay"],
    ["no buckets", { buckets: [] }, "buckets: 1 to 50 buckets"],
    ["51 buckets", { buckets: Array.from({ length: 51 }, (_, bound) => String(bound)) }, "buckets: 1 to 50 buckets"],
    ["equal buckets", { buckets: ["1", "2", "2"] }, "buckets.2: a bound above the one before it"],
    ["descending buckets", { buckets: ["3", "2", "4"] }, "buckets.1: a bound above the one before it"],
    ["a bucket that is no number", { buckets: ["1", "x"] }, "buckets.1: a number"],
    ["the bucket of infinity", { buckets: [".inf"] }, "buckets.0: a number"],
    ["a bucket beyond doubles", { buckets: ["1e999"] }, "buckets.0: a finite number"],
    ["a bucket without a value", { buckets: [null] }, "buckets.0: a number"],
    ["a switch that is no boolean", { enabled: "perhaps" }, "enabled: true or false"],
  ])("refuses %s", (_, choice, issue) => {
    expect(issues(delay, choice)).toEqual([`${delay}.${issue}`]);
  });

  test("takes 50 buckets", () => {
    expect(issues(cpu, { buckets: Array.from({ length: 50 }, (_, bound) => String(bound)) })).toEqual([]);
  });
});
