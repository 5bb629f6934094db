/** `check-config`: prints the mistakes of a configuration file, or a summary of a valid one. Reads neither the kernel nor /proc. */

import { ExporterError } from "../base/errors.ts";
import type { Config } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { Classifier, GroupLabels } from "../classify/classifier.ts";
import { createGroupingRules } from "../grouping-rules.ts";
import { formatJson } from "../terminal/json.ts";

export interface CheckOptions {
  readonly json: boolean;
  readonly print: (text: string) => void;
}

/**
 * Prints a summary of a valid file. With `json`, it prints a document for a bad file too. A mistake is thrown in both cases.
 *
 * @throws ExporterError CONFIG
 */
export function checkConfig(file: string, { json, print }: CheckOptions): void {
  let config: Config;
  try {
    config = loadConfig(file);
  } catch (error) {
    if (json && error instanceof ExporterError) print(formatFaultsJson(file, error));
    throw error;
  }
  const { classifier } = createGroupingRules(config);
  print(json ? formatOutlineJson(file, config, classifier) : formatOutline(file, config, classifier));
}

/** The name of each fact in the summary. */
const factNames: Readonly<Record<string, string>> = {
  argv: "command lines",
  cgroups: "control groups",
  user: "users",
  effectiveUser: "effective users",
  startTime: "start times",
};

/** The group's name and its labels, written like a PromQL selector. */
function formatLabels({ groupname = "", ...labels }: GroupLabels): string {
  const selectors = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return selectors.length === 0 ? groupname : `${groupname}{${selectors.join(", ")}}`;
}

function formatOutline(file: string, { rules, warnings }: Config, { declared, needs }: Classifier): string {
  const groups = declared.map(formatLabels).join(", ");
  const facts = [...needs].map((fact) => factNames[fact] ?? fact).join(", ");
  const lines = [
    `${file} is valid`,
    `rules: ${rules.length === 0 ? "none, so a group per command name" : rules.length}`,
    `groups shown from the start: ${groups === "" ? "none" : groups}`,
    `read of each process: command name${facts === "" ? "" : `, ${facts}`}`,
    ...warnings.map((warning) => `warning: ${warning}`),
  ];
  return `${lines.join("\n")}\n`;
}

function formatOutlineJson(file: string, { rules, warnings }: Config, { declared, needs }: Classifier): string {
  return formatJson({ file, valid: true, rules: rules.length, declared, needs: [...needs], warnings });
}

function formatFaultsJson(file: string, { faults }: ExporterError): string {
  const errors = faults.map(({ where, want, got, remedy }) => ({ where, want, got, remedy }));
  return formatJson({ file, valid: false, errors });
}
