/** Runs a Prometheus for a test: starts it with a configuration, asks it, pauses it, stops it. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "./processes.ts";

/** One series of an answer, as of one moment. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A sample as it was scraped. */
export interface RawSample {
  /** Seconds since 1970, in whole milliseconds. */
  readonly at: number;
  readonly value: number;
}

/** A series with all samples of the last ten minutes, in their order. */
export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly samples: readonly RawSample[];
}

export interface PrometheusServer {
  readonly url: string;
  /**
   * Evaluates a query at a moment in seconds since 1970, now where it is left out. @throws Error with Prometheus'
   * message where it is no query
   */
  query(expr: string, at?: number): Promise<Sample[]>;
  /** All series of a selector as they were scraped. */
  raw(selector: string): Promise<RawSeries[]>;
  /** The answer of Prometheus' API to a path. @throws Error as `query` */
  ask<T>(path: string): Promise<T>;
  /** Stops the process by a signal until `resume`. */
  pause(): void;
  resume(): void;
  /** Stops Prometheus and removes its data. */
  stop(): Promise<void>;
}

/** A port of the loopback address that was free a moment ago. */
export async function freePort(): Promise<number> {
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

interface Result<Value> {
  readonly result: readonly (Value & { readonly metric: Record<string, string> })[];
}

type Point = readonly [number, string];

/** Queries of the server at this URL. */
function createQueries(url: string): Pick<PrometheusServer, "query" | "raw" | "ask"> {
  return {
    async query(expr, at) {
      const time = at === undefined ? "" : `&time=${at.toFixed(3)}`;
      const path = `/api/v1/query?query=${encodeURIComponent(expr)}${time}`;
      const { result } = await ask<Result<{ readonly value: Point }>>(url, path);
      return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
    },
    async raw(selector) {
      const path = `/api/v1/query?query=${encodeURIComponent(`${selector}[10m]`)}`;
      const { result } = await ask<Result<{ readonly values: readonly Point[] }>>(url, path);
      const toSample = ([at, value]: Point): RawSample => ({ at, value: Number(value) });
      return result.map(({ metric, values }) => ({ labels: metric, samples: values.map(toSample) }));
    },
    ask: (path) => ask(url, path),
  };
}

/** Starts a program and waits until it answers. @param configuration the text of its prometheus.yml @param flags further ones */
export async function startServer(
  program: string,
  configuration: string,
  flags: readonly string[] = [],
): Promise<PrometheusServer> {
  const folder = mkdtempSync(join(tmpdir(), "prometheus-"));
  const file = join(folder, "prometheus.yml");
  writeFileSync(file, configuration);
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}/`;
  const storage = `--storage.tsdb.path=${join(folder, "data")}`;
  const args = [`--config.file=${file}`, storage, `--web.listen-address=${address}`, ...flags];
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  const stop = async (): Promise<void> => {
    const closed = child.exitCode === null && child.signalCode === null ? once(child, "close") : undefined;
    child.kill("SIGKILL");
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([ready(child), once(child, "error").then(([error]) => Promise.reject(error as Error))]);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    ...createQueries(url),
    url,
    pause: () => void child.kill("SIGSTOP"),
    resume: () => void child.kill("SIGCONT"),
    stop,
  };
}

/** A configuration that only scrapes targets, each `host:port`, every so many seconds. */
export function scrapeEvery(seconds: number, targets: readonly string[]): string {
  return JSON.stringify({
    global: { scrape_interval: `${seconds}s`, scrape_timeout: `${seconds}s` },
    scrape_configs: [{ job_name: "taskstats", static_configs: [{ targets }] }],
  });
}

/** The growth of a counter as increase() adds it up before it extrapolates: a fall counts as a reset to 0. */
export function rise(samples: readonly RawSample[]): number {
  let sum = 0;
  samples.forEach(({ value }, index) => {
    const before = samples[index - 1]?.value;
    if (before !== undefined) sum += value < before ? value : value - before;
  });
  return sum;
}
