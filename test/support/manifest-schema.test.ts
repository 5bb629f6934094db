/** That the schemas refuse what an API server refuses. */

import { expect, test } from "@jest/globals";
import { findSchemaFaults } from "./manifest-schema.ts";

const metadata = { name: "x" };

function daemonSet(container: object): object {
  return {
    apiVersion: "apps/v1",
    kind: "DaemonSet",
    metadata,
    spec: { selector: {}, template: { spec: { containers: [{ name: "x", ...container }] } } },
  };
}

const podMonitor = (endpoint: object): object => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PodMonitor",
  metadata,
  spec: { selector: {}, podMetricsEndpoints: [endpoint] },
});

const rule = (alert: object): object => ({
  apiVersion: "monitoring.coreos.com/v1",
  kind: "PrometheusRule",
  metadata,
  spec: { groups: [{ name: "x", rules: [alert] }] },
});

test("objects of known keys and values are accepted", () => {
  const objects = [
    daemonSet({ ports: [{ containerPort: 1 }], resources: { limits: { memory: "1Mi" } } }),
    podMonitor({ port: "metrics", honorLabels: true }),
    rule({ alert: "X", expr: "1" }),
  ];
  expect(findSchemaFaults(objects)).toEqual([]);
});

test.each([
  ["an unknown key deep inside", daemonSet({ securityContext: { capabilities: { dropp: ["ALL"] } } }), /'dropp'/],
  [
    "an unknown key of metadata",
    { apiVersion: "v1", kind: "Namespace", metadata: { ...metadata, label: {} } },
    /'label'/,
  ],
  ["a text in place of a number", daemonSet({ ports: [{ containerPort: "1" }] }), /'string'.*'number'/],
  ["a list in place of a map", daemonSet({ env: { name: "X" } }), /EnvVar\[\]/],
  ["a missing key", daemonSet({ ports: [{ name: "metrics" }] }), /'containerPort' is missing/],
  ["an unknown key of a PodMonitor's endpoint", podMonitor({ honourLabels: true }), /'honourLabels'/],
  ["an unknown key of a PodMonitor's metadata", { ...podMonitor({}), metadata: { ...metadata, label: {} } }, /'label'/],
  ["an action that relabelling does not have", podMonitor({ relabelings: [{ action: "drop-label" }] }), /"drop-label"/],
  ["an alert without an expression", rule({ alert: "X" }), /'expr' is missing/],
] as const)("%s is refused", (_what, object, fault) => {
  expect(findSchemaFaults([object])).toEqual([expect.stringMatching(fault)]);
});

test("a kind without a schema is refused", () => {
  expect(() => findSchemaFaults([{ apiVersion: "v1", kind: "Pod", metadata }])).toThrow("got v1 Pod");
});
