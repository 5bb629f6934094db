/** Runs Debian's Prometheus with the shipped configuration, so that it scrapes one exporter every second. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { findDebianProgram } from "../debian/programs.ts";
import { startServer, type Sample } from "./prometheus-server.ts";
import { repository } from "./shipped-queries.ts";

/** A rule as Prometheus runs it. */
export interface RuleState {
  readonly name: string;
  readonly type: "alerting" | "recording";
  readonly health: string;
  readonly lastError?: string;
  /** The state of an alert: inactive, pending or firing. */
  readonly state?: string;
}

export interface Prometheus {
  readonly url: string;
  /** Evaluates a query now. @throws Error with Prometheus' message where it is no query */
  query(expr: string): Promise<Sample[]>;
  rules(): Promise<RuleState[]>;
  /** Stops Prometheus and removes its data. */
  stop(): Promise<void>;
}

interface Configuration {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly object[];
}

const shipped = join(repository, "deploy/prometheus");

/** Stand-ins for the labels of groups in Kubernetes, since no group has them here. */
const kubernetesLabels = { instance: "kubernetes", namespace: "shop", pod: "web-1", container: "web" };

/** The shipped configuration with another interval and other targets: the exporter as it is, and as if in Kubernetes. */
function deriveConfiguration(target: string): string {
  const { rule_files, scrape_configs, ...rest } = parse(
    readFileSync(join(shipped, "prometheus.yml"), "utf8"),
  ) as Configuration;
  return stringify({
    ...rest,
    global: { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" },
    rule_files: rule_files.map((file) => join(shipped, file)),
    scrape_configs: scrape_configs.map((job) => ({
      ...job,
      static_configs: [{ targets: [target] }, { targets: [target], labels: kubernetesLabels }],
    })),
  });
}

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly RuleState[] }[];
}

const found = await findDebianProgram({ package: "prometheus", program: "prometheus" });

/** Why Prometheus cannot run here; undefined where it can. */
export const prometheusObstacle = found.obstacle;

/** Starts Prometheus and waits until it answers. @param target host and port of the exporter */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const server = await startServer(found.path, deriveConfiguration(target));
  return {
    url: server.url,
    query: server.query,
    async rules() {
      const { groups } = await server.ask<RuleGroups>("/api/v1/rules");
      return groups.flatMap(({ rules }) => rules);
    },
    stop: server.stop,
  };
}
