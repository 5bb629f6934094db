/** deploy/kubernetes/overlays/prometheus-operator/rules.yaml: the rules of deploy/prometheus as prometheus-operator takes them. */

import { readFileSync } from "node:fs";
import { parse, stringify } from "yaml";

const files = ["recording.yml", "alerts.yml"];

function readGroups(file: string): readonly unknown[] {
  const text = readFileSync(new URL(`../deploy/prometheus/${file}`, import.meta.url), "utf8");
  return (parse(text) as { readonly groups: readonly unknown[] }).groups;
}

/** The text of the PrometheusRule, before it is formatted. */
export function renderPrometheusRule(): string {
  const rule = {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PrometheusRule",
    metadata: { name: "taskstats-exporter", labels: { "app.kubernetes.io/name": "taskstats-exporter" } },
    spec: { groups: files.flatMap(readGroups) },
  };
  return `# Made by \`npm run docs\` from deploy/prometheus/${files.join(" and ")}, which say why.\n${stringify(rule, { lineWidth: 0 })}`;
}
