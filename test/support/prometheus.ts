/** Debian's Prometheus with the shipped configuration, scraping one exporter every second. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { findDebianProgram } from "../debian/programs.ts";
import { spawn } from "./processes.ts";
import { repository } from "./shipped-queries.ts";

/** One series of an answer. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A rule as Prometheus runs it. */
export interface RuleState {
  readonly name: string;
  readonly type: "alerting" | "recording";
  readonly health: string;
  readonly lastError?: string;
  /** Of alerts: inactive, pending or firing. */
  readonly state?: string;
}

export interface Prometheus {
  readonly url: string;
  /** Asks as of now. @throws Error with Prometheus' message where it is no query */
  query(expr: string): Promise<Sample[]>;
  rules(): Promise<RuleState[]>;
  /** Ends it and removes its data. */
  stop(): Promise<void>;
}

interface Configuration {
  readonly rule_files: readonly string[];
  readonly scrape_configs: readonly object[];
}

const shipped = join(repository, "deploy/prometheus");

/** Labels that stand for those of groups in Kubernetes: nothing here gives groups any of their own. */
const kubernetesLabels = { instance: "kubernetes", namespace: "shop", pod: "web-1", container: "web" };

/** The shipped configuration but for how often, and whom it scrapes: the target as it is, and as if in Kubernetes. */
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

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  server.close();
  await once(server, "close");
  return port;
}

async function ready(child: ChildProcess): Promise<void> {
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const closed = once(child, "close");
  while (!log.includes("Server is ready to receive web requests")) {
    if (child.exitCode !== null) throw new Error(`prometheus ended with status ${child.exitCode}: ${log}`);
    await Promise.race([once(child.stderr as NonNullable<typeof child.stderr>, "data"), closed]);
  }
}

interface Answer<T> {
  readonly status: string;
  readonly error?: string;
  readonly data: T;
}

async function ask<T>(url: string, path: string): Promise<T> {
  const response = await fetch(new URL(path, url));
  const { status, error, data } = (await response.json()) as Answer<T>;
  if (status !== "success") throw new Error(`${path}: ${error ?? `status ${response.status}`}`);
  return data;
}

interface Vector {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: readonly [number, string] }[];
}

interface RuleGroups {
  readonly groups: readonly { readonly rules: readonly RuleState[] }[];
}

const found = await findDebianProgram({ package: "prometheus", program: "prometheus" });

/** Why there is no Prometheus here; undefined where there is one. */
export const prometheusObstacle = found.obstacle;

/** Starts it and waits until it answers. @param target host and port of the exporter */
export async function startPrometheus(target: string): Promise<Prometheus> {
  const directory = mkdtempSync(join(tmpdir(), "taskstats-prometheus-"));
  const configuration = join(directory, "prometheus.yml");
  writeFileSync(configuration, deriveConfiguration(target));
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}/`;
  const child = spawn(
    found.path,
    [
      `--config.file=${configuration}`,
      `--storage.tsdb.path=${join(directory, "data")}`,
      `--web.listen-address=${address}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const stop = async (): Promise<void> => {
    const closed = child.exitCode === null && child.signalCode === null ? once(child, "close") : undefined;
    child.kill("SIGTERM");
    await closed;
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await Promise.race([ready(child), once(child, "error").then(([error]) => Promise.reject(error as Error))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    async query(expr) {
      const { result } = await ask<Vector>(url, `/api/v1/query?query=${encodeURIComponent(expr)}`);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async rules() {
      const { groups } = await ask<RuleGroups>(url, "/api/v1/rules");
      return groups.flatMap(({ rules }) => rules);
    },
    stop,
  };
}
