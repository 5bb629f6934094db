import { describe, expect, test } from "@jest/globals";
import * as v from "valibot";
import { defaultConfig } from "../../src/config/config.ts";
import { configSchema } from "../../src/config/schema.ts";
import { issuesOf } from "../support/issues.ts";

const { rules, limits, pods, histograms } = defaultConfig;
const defaults = { rules, limits, pods, histograms };

describe("a configuration", () => {
  test.each([{}, { process_names: null, limits: null, kubernetes: null, histograms: null }, { limits: {} }])(
    "has the defaults of the keys that it does not have: %j",
    (file) => {
      expect(v.parse(configSchema, file)).toEqual(defaults);
    },
  );

  test("has the limits that it sets, and the others by default", () => {
    expect(v.parse(configSchema, { limits: { max_groups: "7", group_retention: "1h30m" } }).limits).toEqual({
      maxGroups: 7,
      maxThreadNames: 50,
      maxLabelLength: 256,
      groupRetentionMs: 5_400_000,
    });
  });

  test("has its rules in the order of the file", () => {
    const rules = [{ comm: ["b"] }, { comm: ["a"], name: "n" }];
    expect(v.parse(configSchema, { process_names: rules }).rules).toEqual(rules);
  });

  test("has the choices of its sections", () => {
    const file = {
      kubernetes: { pod_labels: { app: "name" } },
      histograms: { taskstats_process_cpu_seconds: { enabled: "no" } },
    };
    const { pods, histograms } = v.parse(configSchema, file);
    expect(pods.labels).toEqual(new Map([["app", "name"]]));
    expect(histograms).toHaveLength(defaults.histograms.length - 1);
  });

  test.each<[string, unknown, string]>([
    ["groups below the bounds", { max_groups: "0" }, "max_groups: an integer from 1 to 100000"],
    ["groups above the bounds", { max_groups: "100001" }, "max_groups: an integer from 1 to 100000"],
    ["a length below the bounds", { max_label_length: "15" }, "max_label_length: an integer from 16 to 4096"],
    ["a length above the bounds", { max_label_length: "4097" }, "max_label_length: an integer from 16 to 4096"],
    [
      "a retention below a minute",
      { group_retention: "59s" },
      "group_retention: a duration such as 500ms, 5s or 1m30s, 1m at least",
    ],
    ["names of threads below the bounds", { max_thread_names: "0" }, "max_thread_names: an integer from 1 to 10000"],
    ["another limit", { max_pods: "1" }, "max_pods: max_groups, max_thread_names, max_label_length, group_retention"],
  ])("refuses %s", (_title, limits, issue) => {
    expect(issuesOf(configSchema, { limits })).toEqual([`limits.${issue}`]);
  });

  test("refuses rules that are no list, and any other section", () => {
    expect(issuesOf(configSchema, { process_names: { comm: ["a"] }, foo: "1" }).sort()).toEqual([
      "foo: process_names, limits, kubernetes, histograms",
      "process_names: a list of rules",
    ]);
  });

  test("tells all mistakes of all sections together", () => {
    const file = { process_names: [{ comm: "a" }, {}], limits: { max_groups: "x" }, kubernetes: [], histograms: "no" };
    const places = issuesOf(configSchema, file).map((issue) => issue.split(":")[0]);
    expect(new Set(places)).toEqual(
      new Set(["process_names.0.comm", "process_names.1", "limits.max_groups", "kubernetes", "histograms"]),
    );
  });
});
