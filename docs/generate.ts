/**
 * Writes the documents that are made from tables in src: `npm run docs`. With --check it writes nothing and fails where
 * one of them is out of date.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { renderConfigSchema } from "./config-schema.ts";
import { renderConfiguration } from "./configuration.ts";
import { renderErrors } from "./errors.ts";
import { renderMetrics } from "./metrics.ts";

const documents = {
  "configuration.md": renderConfiguration,
  "config.schema.json": renderConfigSchema,
  "metrics.md": renderMetrics,
  "errors.md": renderErrors,
};

function read(path: URL): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

const stale: string[] = [];
for (const [name, render] of Object.entries(documents)) {
  const path = new URL(name, import.meta.url);
  const text = await format(render(), { ...(await resolveConfig(path)), filepath: path.pathname });
  if (text === read(path)) continue;
  stale.push(`docs/${name}`);
  if (!process.argv.includes("--check")) writeFileSync(path, text);
}

if (process.argv.includes("--check") && stale.length > 0) {
  process.stderr.write(`out of date: ${stale.join(", ")}; run npm run docs\n`);
  process.exitCode = 1;
}
