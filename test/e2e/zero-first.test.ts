/**
 * From the kernel to a query: new jobs, scraped by Prometheus of two Debian releases, by two servers of each on one host, every
 * one and every three seconds. `increase()` of a job is exactly what wait4 said of it, through a reload, a restart, a new exit
 * code, and an absence from the page.
 *
 * `increase()` is the difference of the last and the first sample of a window, with what falls (restarts) put back, times a
 * factor. The factor stretches the time between the two samples to the edges of the window; it is exactly 1 where there is
 * nothing to stretch. At the end that is so where the query is evaluated at the moment of the last sample. At the beginning
 * it is so where the first sample is 0: Prometheus never stretches a counter below 0. So asked at the moment of the last
 * sample, over a window that begins before the first, `increase()` is the plain difference, to the unit. Asked at another
 * moment it is that times the factor, which depends on the moment and not on the exporter.
 */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { findDebianProgram } from "../debian/programs.ts";
import { useConfigFile, type WrittenConfig } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import { spawn, spawnSync } from "../support/processes.ts";
import { untilServing, type Program } from "../support/program.ts";
import { freePort, rise, scrapeEvery, startServer, type PrometheusServer } from "../support/prometheus-server.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

const suites = ["bookworm", "sid"] as const;
const found = await Promise.all(
  suites.map((suite) => findDebianProgram({ package: "prometheus", program: "prometheus", suite })),
);
const obstacle = found.find((program) => program.obstacle !== undefined)?.obstacle;

/** An exporter that can be restarted at the same address. */
interface Exporter {
  readonly target: string;
  program(): Program;
  start(): Promise<void>;
  restart(): Promise<void>;
}

async function createExporter(configuration: string): Promise<Exporter> {
  const target = `127.0.0.1:${await freePort()}`;
  const args = [`--web.listen-address=${target}`, configuration, "--discovery.interval=1s", "--web.enable-lifecycle"];
  let program: Program | undefined;
  const start = async (): Promise<void> => {
    program = await untilServing(spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] }));
  };
  return {
    target,
    program: () => program as Program,
    start,
    async restart() {
      await program?.stop();
      await start();
    },
  };
}

/** Repeats the check until it holds, for five minutes at most. The tests then say what does not hold. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 300_000;
  while (!(await holds()) && performance.now() < end) await pause(200);
}

/** Runs `runs` processes with this name, which exit with these codes in turn. @returns their minor faults by wait4 */
function runJob(name: string, runs: number, codes = "0"): number {
  const args = [String(runs), "--comm", name, "--exit-codes", codes];
  const { stdout } = spawnSync(buildWorkload("spawn"), args, { encoding: "utf8" });
  return (JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as { readonly minflt: number }).minflt;
}

const rulesFor = (...names: readonly string[]): WrittenConfig => ({
  process_names: [{ name: "{{.Comm}}", comm: names }],
  limits: { group_retention: "1m" },
});

const exitsOf = (name: string, code = "0"): string =>
  `taskstats_process_exits_total{groupname="${name}",code="${code}"}`;
const faultsOf = (name: string): string => `taskstats_page_faults_total{groupname="${name}",kind="minor"}`;
const livesOf = (name: string): string => `taskstats_process_lifetime_seconds_count{groupname="${name}"}`;

const samplesOf = async (server: PrometheusServer, selector: string) => (await server.raw(selector))[0]?.samples ?? [];

/** `increase()` at a time when its factor is 1. The head of this file explains the factor. */
async function increase(server: PrometheusServer, selector: string): Promise<number | undefined> {
  const last = (await samplesOf(server, selector)).at(-1);
  if (last === undefined) return undefined;
  return (await server.query(`increase(${selector}[10m])`, last.at))[0]?.value;
}

describeKernel(
  "Prometheus of two releases, at intervals of one and of three seconds",
  () => {
    const [file, leaverFile] = [useConfigFile(), useConfigFile()];
    const names = Array.from({ length: 2 }, (_name, index) => own(`z${index}`));
    const [coded, reloaded, restarted, lost, leaver] = ["zc", "zr", "zs", "zl", "zb"].map(own) as [
      string,
      string,
      string,
      string,
      string,
    ];
    const configuration = rulesFor(...names, coded, reloaded, restarted, lost);
    const servers: PrometheusServer[] = [];
    let exporter: Exporter;
    /** An exporter that is never restarted, because a group leaves its page only after a minute. */
    let steady: Exporter;
    let leaverFaults = 0;

    const forAll = async (holds: (server: PrometheusServer) => Promise<boolean>): Promise<boolean> =>
      (await Promise.all(servers.map(holds))).every(Boolean);

    /** Expects that each server's `increase()`, and the difference of its samples, are the expected value. */
    async function expectIncrease(selector: string, want: number): Promise<void> {
      await eventually(() => forAll(async (server) => rise(await samplesOf(server, selector)) === want));
      for (const server of servers) {
        const samples = await samplesOf(server, selector);
        const figures = { first: samples[0]?.value, rise: rise(samples), increase: await increase(server, selector) };
        expect({ selector, ...figures }).toEqual({ selector, first: 0, rise: want, increase: want });
      }
    }

    /** Waits until each server has scraped the exporter since its last start. */
    async function untilScraped(): Promise<void> {
      const selector = `process_start_time_seconds{instance="${exporter.target}"}`;
      const text = await (await exporter.program().get("/metrics")).text();
      const since = Number(/^process_start_time_seconds (\S+)$/m.exec(text)?.[1]);
      await eventually(() => forAll(async (server) => (await samplesOf(server, selector)).at(-1)?.value === since));
    }

    beforeAll(async () => {
      exporter = await createExporter(file.write(configuration));
      steady = await createExporter(leaverFile.write(rulesFor(leaver)));
      await Promise.all([exporter.start(), steady.start()]);
      const targets = [exporter.target, steady.target];
      const starts = found.flatMap(({ path }) =>
        [1, 3].map((seconds) => startServer(path, scrapeEvery(seconds, targets))),
      );
      servers.push(...(await Promise.all(starts)));
      // An unknown scraper's first page shows the real values, without zeros first.
      const scraped = async (server: PrometheusServer): Promise<boolean> =>
        (await server.raw("taskstats_exporter_build_info")).filter(({ samples }) => samples.length >= 3).length === 2;
      await eventually(() => forAll(scraped));
      leaverFaults = runJob(leaver, 50);
    });

    afterAll(async () => {
      for (const server of servers) await server.stop();
      for (const one of [exporter, steady]) await one.program().stop();
    });

    test("increase() of a new job contains all 50 runs, with exactly wait4's faults", async () => {
      for (const name of names) {
        const faults = runJob(name, 50);
        await expectIncrease(exitsOf(name), 50);
        await expectIncrease(faultsOf(name), faults);
        await expectIncrease(livesOf(name), 50);
      }
    });

    test("increase() contains an exit code that is new in an old group, and the old code continues", async () => {
      const before = runJob(coded, 50);
      await expectIncrease(exitsOf(coded), 50);
      const after = runJob(coded, 40, "0,3");
      await expectIncrease(exitsOf(coded, "3"), 20);
      await expectIncrease(exitsOf(coded), 70);
      await expectIncrease(faultsOf(coded), before + after);
    });

    test("a reload during a job loses no run and counts none twice", async () => {
      const before = runJob(reloaded, 25);
      const rule = { name: "nobody", comm: ["nobody-at-all"] };
      file.write({ ...configuration, process_names: [rule, ...configuration.process_names] });
      const reload = fetch(new URL("/-/reload", exporter.program().url), { method: "POST" });
      const between = runJob(reloaded, 25);
      expect((await reload).status).toBe(200);
      const after = runJob(reloaded, 25);
      await expectIncrease(exitsOf(reloaded), 75);
      await expectIncrease(faultsOf(reloaded), before + between + after);
    });

    test("increase() contains runs scraped before a restart and runs after the first scrape that follows it", async () => {
      const before = runJob(restarted, 50);
      await expectIncrease(exitsOf(restarted), 50);
      await exporter.restart();
      await untilScraped();
      const after = runJob(restarted, 50);
      await expectIncrease(exitsOf(restarted), 100);
      await expectIncrease(faultsOf(restarted), before + after);
    });

    test("runs between a restart and a scraper's first page are in no increase(), as the documents say", async () => {
      for (const server of servers) server.pause();
      await exporter.restart();
      runJob(lost, 50);
      for (const server of servers) server.resume();
      await untilScraped();
      await eventually(() => forAll(async (server) => (await samplesOf(server, exitsOf(lost))).length >= 2));
      for (const server of servers) {
        const samples = await samplesOf(server, exitsOf(lost));
        expect(samples.every(({ value }) => value === 50)).toBe(true);
        expect(await increase(server, exitsOf(lost))).toBe(0);
      }
    });

    test("a group that comes back to the page continues from its old values", async () => {
      const absent = async (server: PrometheusServer): Promise<boolean> =>
        (await server.query(exitsOf(leaver))).length === 0;
      const end = performance.now() + 300_000;
      while (!(await forAll(absent)) && performance.now() < end) await pause(200);
      expect(await forAll(absent)).toBe(true);
      await expectIncrease(exitsOf(leaver), 50);
      const after = runJob(leaver, 50);
      await expectIncrease(exitsOf(leaver), 100);
      await expectIncrease(faultsOf(leaver), leaverFaults + after);
    });
  },
  { obstacle },
);
