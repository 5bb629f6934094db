/** The page of the built program as its readers take it: promtool, Prometheus' Accept headers, signals. */

import { afterEach, expect, test } from "@jest/globals";
import { findDebianProgram } from "../debian/programs.ts";
import { spawnSync } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel, testUnless } from "../support/real-kernel.ts";

const promtool = await findDebianProgram({ package: "prometheus", program: "promtool" });

describeKernel(
  "the page of the built program",
  () => {
    let program: Program | undefined;
    afterEach(async () => {
      await program?.stop();
      program = undefined;
    });

    testUnless(promtool.obstacle).each([
      ["by default", [], false],
      ["with figures by the names of threads", ["--collector.threads"], true],
    ] as const)("is accepted by promtool %s", async (_what, flags, byThread) => {
      program = await startProgram(flags);
      expect((await program.scrape()).names.has("taskstats_thread_cpu_run_seconds_total")).toBe(byThread);
      const text = await (await program.get("/metrics")).text();
      const { status, stdout, stderr, error } = spawnSync(promtool.path, ["check", "metrics"], {
        input: text,
        encoding: "utf8",
      });
      expect(error).toBeUndefined();
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
    });

    test("shows the figures of the Node.js runtime, and none with --web.disable-exporter-metrics", async () => {
      program = await startProgram();
      const page = await program.scrape();
      expect(page.value("process_resident_memory_bytes")).toBeGreaterThan(2e7);
      expect(page.value("nodejs_heap_size_used_bytes")).toBeGreaterThan(1e6);
      expect(page.value("process_cpu_seconds_total")).toBeGreaterThan(0);
      await program.stop();
      program = await startProgram(["--web.disable-exporter-metrics"]);
      const without = await program.scrape();
      expect([...without.names].filter((name) => !name.startsWith("taskstats_"))).toEqual([]);
    });

    test("names every family once, with a help text, and no series twice", async () => {
      program = await startProgram();
      const text = await (await program.get("/metrics")).text();
      const families = [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
      const helped = [...text.matchAll(/^# HELP (\S+) \S/gm)].map(([, name]) => name);
      const series = text
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => line.replace(/ \S+$/, ""));
      expect(new Set(families).size).toBe(families.length);
      expect(helped).toEqual(families);
      expect(new Set(series).size).toBe(series.length);
    });

    test.each(["SIGTERM", "SIGINT"] as const)(
      "is still sent for an open request, and the program ends with status 0, on %s",
      async (signal) => {
        const running = await startProgram();
        const answer = running.get("/metrics");
        await answer;
        process.kill(running.pid, signal);
        expect(await running.ended()).toBe(0);
        expect((await answer).status).toBe(200);
      },
    );

    test("cannot be served on a port in use: the program ends with status 1 and LISTEN_FAILED", async () => {
      program = await startProgram();
      const port = new URL(program.url).port;
      await expect(startProgram([`--web.listen-address=127.0.0.1:${port}`])).rejects.toThrow(
        /status 1: .*LISTEN_FAILED.*EADDRINUSE/,
      );
    });
  },
  { needs: [] },
);
