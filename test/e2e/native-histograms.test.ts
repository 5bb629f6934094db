/**
 * Messages on their way into Debian's Prometheus 3: native histograms answer queries as the processes were, by what wait4 says of them,
 * and counters begin where they were 0. VictoriaMetrics scrapes the text of the same exporter.
 */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bucketsOfStep, createScope, quantile, rateBelow, rateOfSum } from "../../dashboards/scope.ts";
import { findDebianProgram } from "../debian/programs.ts";
import { own } from "../support/life.ts";
import { execFile, spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { freePort, scrapeEvery, startServer, type PrometheusServer } from "../support/prometheus-server.ts";
import { describeKernel, describeUnless } from "../support/real-kernel.ts";

const prometheus = await findDebianProgram({ package: "prometheus", program: "prometheus", suite: "sid" });
const victoria = await findDebianProgram({ package: "victoria-metrics", program: "victoria-metrics", suite: "sid" });

/** Forks children of this name that each take another amount of memory, and prints what wait4 says of the peak of each, in KiB. */
const script = `
import os, sys
name, count = sys.argv[1], int(sys.argv[2])
for index in range(count):
    child = os.fork()
    if child == 0:
        with open("/proc/self/comm", "w") as comm:
            comm.write(name)
        memory = bytearray(int(4e6 * 1.05 ** index))
        os._exit(0)
    _, _, usage = os.wait4(child, 0)
    print(usage.ru_maxrss)
`;

async function runChildren(name: string, count: number): Promise<number[]> {
  const { stdout } = await execFile("python3", ["-c", script, name, String(count)]);
  return stdout
    .trim()
    .split("\n")
    .map((kibibytes) => 1024 * Number(kibibytes));
}

function quantileOf(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.ceil(quantile * sorted.length) - 1] ?? NaN;
}

/** Asks until it is so, for five minutes; what is so then, the caller says. */
async function askUntil<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  for (let left = 600; ; left--) {
    const answer = await ask();
    if (isRight(answer) || left === 0) return answer;
    await pause(500);
  }
}

const count = 60;

describeKernel(
  "Prometheus 3 that asks for native histograms",
  () => {
    const name = own("mem");
    let exporter: Program;
    let server: PrometheusServer;
    let peaks: readonly number[];
    const one = async (expr: string): Promise<number> => (await server.query(expr))[0]?.value ?? NaN;
    const selector = `{groupname="${name}"}`;
    /** Where a scrape has failed, a selector alone has no answer until the next one. */
    const last = (metric: string): string => `last_over_time(${metric}${selector}[10m])`;

    beforeAll(async () => {
      exporter = await startProgram([]);
      peaks = await runChildren(name, count);
      const features = "--enable-feature=native-histograms,created-timestamp-zero-ingestion";
      server = await startServer(prometheus.path, scrapeEvery(1, [new URL(exporter.url).host]), [features]);
      await askUntil(
        () => one(`histogram_count(${last("taskstats_process_max_rss_bytes")})`),
        (seen) => seen === count,
      );
    });
    afterAll(async () => {
      await server.stop();
      await exporter.stop();
    });

    test("counts each process that ended", async () => {
      expect(await one(`histogram_count(${last("taskstats_process_max_rss_bytes")})`)).toBe(count);
      expect(await one(`histogram_count(${last("taskstats_process_lifetime_seconds")})`)).toBe(count);
      expect(await one(`sum(${last("taskstats_process_exits_total")})`)).toBe(count);
    });

    test("has the sum of what wait4 says", async () => {
      const sum = peaks.reduce((total, peak) => total + peak, 0);
      expect(await one(`histogram_sum(${last("taskstats_process_max_rss_bytes")})`)).toBe(sum);
    });

    test.each([0.1, 0.5, 0.9])("tells the quantile %d within a bucket, as wait4 has it", async (share) => {
      const answer = await one(`histogram_quantile(${share}, ${last("taskstats_process_max_rss_bytes")})`);
      const ratio = answer / quantileOf(peaks, share);
      // 60 processes within four powers of two are in buckets of the schema 3, or of 2 at most.
      expect(ratio).toBeGreaterThan(2 ** -0.25);
      expect(ratio).toBeLessThan(2 ** 0.25);
    });

    test("answers the dashboards' queries, though it has no classic histogram", async () => {
      const scope = createScope(`groupname="${name}"`);
      const metric = "taskstats_process_max_rss_bytes";
      expect(await server.query(`${metric}_bucket${selector}`)).toEqual([]);
      const ask = (expr: string): Promise<number> => one(expr.replaceAll("$__rate_interval", "10m"));
      expect(await ask(rateOfSum("groupname", scope, metric))).toBeGreaterThan(0);
      expect(await ask(quantile(0.9, "groupname", scope, metric))).toBeGreaterThan(4e6);
      expect(await ask(`histogram_count(${bucketsOfStep(scope, metric)})`)).toBeGreaterThan(0);
      expect(await ask(rateBelow(10, "groupname", scope, "taskstats_process_lifetime_seconds"))).toBeGreaterThan(0);
    });

    test("sees counters begin with 0 when they were created", async () => {
      const metric = "taskstats_process_starts_total";
      const [series] = await server.raw(`${metric}${selector}`);
      expect(series?.samples[0]?.value).toBe(0);
      const starts = series?.samples.at(-1)?.value;
      expect(starts).toBe((await exporter.scrape()).value(metric, { groupname: name }));
      // A child that waits for long before it has its name may be met by a sample for the live page: it has begun in its parent's group.
      expect([count, count - 1, count - 2]).toContain(starts);
    });
  },
  { needs: ["python3"], obstacle: prometheus.obstacle },
);

describeUnless(victoria.obstacle, "VictoriaMetrics", () => {
  describeKernel(
    "that scrapes the text",
    () => {
      test("has the exits of each group, and quantiles of classic histograms", async () => {
        const exporter = await startProgram([]);
        const folder = mkdtempSync(join(tmpdir(), "victoria-"));
        const configuration = join(folder, "scrape.yml");
        writeFileSync(configuration, scrapeEvery(1, [new URL(exporter.url).host]));
        const address = `127.0.0.1:${await freePort()}`;
        const args = [`-promscrape.config=${configuration}`, `-httpListenAddr=${address}`];
        const server = spawn(victoria.path, [...args, `-storageDataPath=${join(folder, "data")}`], { stdio: "ignore" });
        const ask = async (expr: string): Promise<number> => {
          // What it has not stored yet it does not find, which is no error.
          const path = `http://${address}/api/v1/query?nocache=1&latency_offset=1ms&query=${encodeURIComponent(expr)}`;
          const answer = await fetch(path).then(
            (response) => response.json(),
            () => undefined,
          );
          const { data } = (answer ?? {}) as { data?: { result: readonly { value: readonly [number, string] }[] } };
          return Number(data?.result[0]?.value[1]);
        };
        try {
          const name = own("vic");
          const peaks = await runChildren(name, 10);
          const exits = `sum(taskstats_process_exits_total{groupname="${name}"})`;
          expect(
            await askUntil(
              () => ask(exits),
              (seen) => seen === 10,
            ),
          ).toBe(10);
          const largest = `histogram_quantile(1, taskstats_process_max_rss_bytes_bucket{groupname="${name}"})`;
          expect(
            await askUntil(
              () => ask(largest),
              (seen) => seen > 0,
            ),
          ).toBeGreaterThanOrEqual(quantileOf(peaks, 1));
        } finally {
          const closed = once(server, "close");
          server.kill("SIGKILL");
          await closed;
          rmSync(folder, { recursive: true, force: true });
          await exporter.stop();
        }
      });
    },
    { needs: ["python3"] },
  );
});
