/**
 * Writes the documents, dashboards and rules that are made from other files: `npm run docs`. With --check it writes nothing and
 * fails where one of them is out of date.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { dashboards } from "../dashboards/dashboards.ts";
import { renderDashboard } from "../dashboards/render.ts";
import { renderConfigSchema } from "./config-schema.ts";
import { renderConfiguration } from "./configuration.ts";
import { renderErrors } from "./errors.ts";
import { renderArchitecture } from "./layers.ts";
import { renderMetrics } from "./metrics.ts";
import { renderPrometheusRule } from "./prometheus-rule.ts";

/** By path from the root of the repository. */
const files: Readonly<Record<string, () => string>> = {
  "docs/architecture.md": renderArchitecture,
  "docs/configuration.md": renderConfiguration,
  "docs/config.schema.json": renderConfigSchema,
  "docs/metrics.md": renderMetrics,
  "docs/errors.md": renderErrors,
  "deploy/kubernetes/overlays/prometheus-operator/rules.yaml": renderPrometheusRule,
  ...Object.fromEntries(
    Object.entries(dashboards).map(([name, dashboard]) => [
      `dashboards/generated/${name}.json`,
      () => renderDashboard(dashboard),
    ]),
  ),
};

function read(url: URL): string {
  try {
    return readFileSync(url, "utf8");
  } catch {
    return "";
  }
}

const stale: string[] = [];
for (const [path, render] of Object.entries(files)) {
  const url = new URL(`../${path}`, import.meta.url);
  const text = await format(render(), { ...(await resolveConfig(url)), filepath: url.pathname });
  if (text === read(url)) continue;
  stale.push(path);
  if (!process.argv.includes("--check")) writeFileSync(url, text);
}

if (process.argv.includes("--check") && stale.length > 0) {
  process.stderr.write(`out of date: ${stale.join(", ")}; run npm run docs\n`);
  process.exitCode = 1;
}
