import { expect, test } from "@jest/globals";
import { findWorkloadClashes } from "../../src/config/workload-clash.ts";
import { parseConfig } from "../../src/config/load.ts";

const rules = [{ labels: { team: "a" } }, {}, { labels: { workload: "a", workload_type: "b" } }];

test("labels of rules and of pods that have the names of a workload's labels are found by their keys", () => {
  const kubernetes = { workload: true, pod_labels: { app: "app", workload_type: "x" } };
  expect(findWorkloadClashes({ process_names: rules, kubernetes })).toEqual([
    ["process_names", 2, "labels", "workload"],
    ["process_names", 2, "labels", "workload_type"],
    ["kubernetes", "pod_labels", "workload_type"],
  ]);
});

test("no label collides while workloads are not asked for", () => {
  const pod_labels = { workload: "x" };
  expect(findWorkloadClashes({ process_names: rules, kubernetes: { workload: false, pod_labels } })).toEqual([]);
  expect(findWorkloadClashes({ process_names: rules, kubernetes: { pod_labels } })).toEqual([]);
  expect(findWorkloadClashes({ process_names: rules })).toEqual([]);
  expect(findWorkloadClashes({ process_names: null, kubernetes: null })).toEqual([]);
  expect(findWorkloadClashes({ kubernetes: { workload: true, pod_labels: null } })).toEqual([]);
});

test("a collision is refused with the line and column of the label", () => {
  const text = `process_names:
  - comm: [a]
    labels:
      team: x
      workload: web
kubernetes:
  workload: true
  pod_labels:
    workload_type: tier
`;
  const want = "want a label name that kubernetes.workload does not give (workload, workload_type)";
  expect(() => parseConfig(text, "f.yaml")).toThrow(`CONFIG at f.yaml:5:7: ${want}, got "workload"`);
  expect(() => parseConfig(text, "f.yaml")).toThrow(`CONFIG at f.yaml:9:5: ${want}, got "workload_type"`);
  const without = parseConfig(text.replace("workload: true", "workload: false"), "f.yaml");
  expect(without.pods.labels).toEqual(new Map([["workload_type", "tier"]]));
});

test.each(["job", "instance"])("%s is refused among labels of rules and of pods, with line and column", (name) => {
  const want = "want a label name that Prometheus does not give to targets itself (job, instance)";
  const rule = `process_names:\n  - comm: [a]\n    labels: { team: x, ${name}: y }\n`;
  expect(() => parseConfig(rule, "f.yaml")).toThrow(`CONFIG at f.yaml:3:24: ${want}, got "${name}"`);
  expect(() => parseConfig(`kubernetes:\n  pod_labels:\n    ${name}: app\n`, "f.yaml")).toThrow(
    `CONFIG at f.yaml:3:5: ${want}, got "${name}"`,
  );
});
