/**
 * From the kernel to a query: 50 runs of a job that nobody saw before, on Debian's Prometheus of two releases, two of each on
 * one host that scrape at intervals of one and three seconds. What each holds of the job is what wait4 said of it.
 */

import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fetchPrometheus } from "../debian/prometheus.ts";
import { own } from "../support/life.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";
import { spawn, spawnSync } from "../support/processes.ts";

interface Answer {
  readonly data: { readonly result: readonly { readonly values: readonly (readonly [number, string])[] }[] };
}

interface Server {
  /** All samples of a series, in their order. */
  samples(selector: string): Promise<readonly number[]>;
  stop(): Promise<void>;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a server that listens on a port has one
  server.close();
  await once(server, "close");
  return port;
}

async function untilReady(child: ChildProcess): Promise<void> {
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  const closed = once(child, "close");
  while (!log.includes("Server is ready to receive web requests")) {
    if (child.exitCode !== null) throw new Error(`prometheus ended: ${log}`);
    await Promise.race([once(child.stderr as NonNullable<typeof child.stderr>, "data"), closed]);
  }
}

/** Both kinds of server wait for an answer equally long, so that only their connections tell them apart. */
function configure(target: string, seconds: number): string {
  return `{global: {scrape_interval: ${seconds}s, scrape_timeout: 1s},
    scrape_configs: [{job_name: taskstats, static_configs: [{targets: ["${target}"]}]}]}`;
}

async function startServer(binary: string, target: string, seconds: number): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "zero-first-"));
  const configuration = join(folder, "prometheus.yml");
  writeFileSync(configuration, configure(target, seconds));
  const address = `127.0.0.1:${await freePort()}`;
  const args = [`--config.file=${configuration}`, `--storage.tsdb.path=${folder}`, `--web.listen-address=${address}`];
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  await untilReady(child);
  return {
    async samples(selector) {
      const query = encodeURIComponent(`${selector}[10m]`);
      const response = await fetch(`http://${address}/api/v1/query?query=${query}`);
      const { result } = ((await response.json()) as Answer).data;
      if (result.length > 1) throw new Error(`want one series of ${selector}, got ${result.length}`);
      return (result[0]?.values ?? []).map(([, value]) => Number(value));
    },
    async stop() {
      const closed = once(child, "close");
      child.kill("SIGKILL");
      await closed;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What a counter rose by, as increase() adds it up but for its extrapolation: a fall is a new beginning. */
function rise(samples: readonly number[]): number {
  let sum = 0;
  samples.forEach((value, index) => {
    const before = samples[index - 1];
    if (before !== undefined) sum += value < before ? value : value - before;
  });
  return sum;
}

async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await holds()) && performance.now() < end) await pause(200);
}

/** Runs a job of `runs` processes of such a name. @returns minor faults by wait4 */
function runJob(name: string, runs: number): number {
  const { stdout } = spawnSync(buildWorkload("spawn"), [String(runs), "--no-exec", "--comm", name], {
    encoding: "utf8",
  });
  return (JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { readonly minflt: number }).minflt;
}

describe.each(["bookworm", "sid"] as const)("Prometheus of %s", (suite) => {
  describeKernel("at intervals of one and of three seconds", () => {
    let program: Program;
    const servers: Server[] = [];
    const names = Array.from({ length: 5 }, (_name, index) => own(`z${suite.slice(0, 1)}${index}`));
    const faults = new Map<string, number>();

    const exitsOf = (name: string): string => `taskstats_process_exits_total{groupname="${name}",code="0"}`;
    const faultsOf = (name: string): string => `taskstats_page_faults_total{groupname="${name}",kind="minor"}`;

    beforeAll(async () => {
      const binary = await fetchPrometheus(suite);
      program = await startProgram();
      const target = new URL(program.url).host;
      for (const seconds of [1, 3]) servers.push(await startServer(binary, target, seconds));
      const scraped = async (server: Server): Promise<boolean> =>
        (await server.samples("taskstats_exporter_exit_events_total")).length >= 3;
      await eventually(async () => (await Promise.all(servers.map(scraped))).every(Boolean));
      for (const name of names) {
        faults.set(name, runJob(name, 50));
        await eventually(async () => rise((await servers[0]?.samples(exitsOf(name))) ?? []) > 0);
      }
    });

    afterAll(async () => {
      for (const server of servers) await server.stop();
      await program.stop();
    });

    test.each([
      ["one second", 0],
      ["three seconds", 1],
    ])("every 50 runs of a new job are in the increase of who scrapes each %s, to the unit", async (_often, index) => {
      const server = servers[index] as Server;
      for (const name of names) {
        await eventually(async () => rise(await server.samples(exitsOf(name))) === 50);
        expect({ name, exits: await server.samples(exitsOf(name)) }).toEqual({
          name,
          exits: expect.arrayContaining([0, 50]),
        });
        expect(rise(await server.samples(exitsOf(name)))).toBe(50);
        expect(rise(await server.samples(faultsOf(name)))).toBe(faults.get(name));
        expect(rise(await server.samples(`taskstats_process_lifetime_seconds_count{groupname="${name}"}`))).toBe(50);
      }
    });
  });
});
