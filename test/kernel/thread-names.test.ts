/** The figures by the names of threads, of the built program, against what the scheduler says of each thread. */

import { afterEach, expect, test } from "@jest/globals";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync } from "node:fs";
import { createInterface } from "node:readline";
import type { ScrapedPage } from "../support/page.ts";
import { spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

/** CPU time by the threads' own clocks, in microseconds. */
interface Told {
  readonly pid: number;
  readonly reader: number;
  readonly brief: number;
  readonly renamed: number;
}

const groupname = `named-${process.pid}`;
const cpu = "taskstats_thread_cpu_run_seconds_total";
const delay = "taskstats_thread_delay_seconds_total";
const live = "taskstats_threads_by_name";

/** Run time and waits for a CPU of the live threads of a name, in seconds: `/proc/PID/task/TID/schedstat`. */
function schedstatOf(pid: number, name: string): { run: number; wait: number } {
  const folder = `/proc/${pid}/task`;
  const figures = readdirSync(folder)
    .filter((tid) => readFileSync(`${folder}/${tid}/comm`, "utf8").trim() === name)
    .map((tid) => readFileSync(`${folder}/${tid}/schedstat`, "utf8").split(" ").map(Number));
  const sum = (index: number): number => figures.reduce((all, figure) => all + (figure[index] ?? NaN), 0) / 1e9;
  return { run: sum(0), wait: sum(1) };
}

describeKernel(
  "the built program with --collector.threads on this kernel",
  () => {
    let program: Program | undefined;
    let child: ChildProcessWithoutNullStreams | undefined;
    afterEach(async () => {
      child?.stdin.end();
      await program?.stop();
      program = child = undefined;
    });

    async function start(...flags: string[]) {
      const started = (program = await startProgram(["--collector.threads", "--discovery.interval=1h", ...flags]));
      child = spawn(buildWorkload("names"), ["50", "--comm", groupname]);
      const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
      const told = async (): Promise<Told> => JSON.parse((await lines.next()).value as string) as Told;
      return { scrape: () => started.scrape(), child, told };
    }

    const value = (page: ScrapedPage, name: string, threadname: string, kind?: string): number =>
      page.value(name, { groupname, threadname, ...(kind === undefined ? {} : { kind }) }) ?? NaN;

    function expectWhole(page: ScrapedPage): void {
      expect(page.sum(cpu, { groupname })).toBeCloseTo(
        page.value("taskstats_cpu_run_seconds_total", { groupname }) ?? NaN,
        8,
      );
      expect(page.sum(delay, { groupname })).toBeCloseTo(page.sum("taskstats_delay_seconds_total", { groupname }), 8);
      expect(page.sum(live, { groupname })).toBe(page.value("taskstats_threads", { groupname }));
    }

    test("tells live threads to the nanosecond, ended ones that no poll saw to a tick, and keeps a former name's figures", async () => {
      const { scrape, child: workload, told } = await start();
      const { pid, brief } = await told();
      const first = await scrape();
      expectWhole(first);
      for (const name of ["reader", "before"]) {
        const { run, wait } = schedstatOf(pid, name);
        expect(value(first, cpu, name)).toBeCloseTo(run, 8);
        expect(value(first, delay, name, "cpu")).toBeCloseTo(wait, 8);
      }
      expect(["reader", "before", "brief", groupname].map((name) => value(first, live, name))).toEqual([2, 1, 0, 1]);
      // The kernel's sum lacks up to a tick of each, of which there are at least 100 in a second; as much is added at the most.
      expect(Math.abs(value(first, cpu, "brief") - brief / 1e6)).toBeLessThan(4 * 0.011);

      workload.stdin.write("x");
      await told();
      const second = await scrape();
      expectWhole(second);
      expect(value(second, cpu, "before")).toBe(value(first, cpu, "before"));
      expect(value(second, cpu, "after")).toBeCloseTo(schedstatOf(pid, "after").run - value(first, cpu, "before"), 8);
      expect([value(second, live, "before"), value(second, live, "after")]).toEqual([0, 1]);

      workload.stdin.end();
      await once(workload, "close");
      const last = await scrape();
      expectWhole(last);
      for (const name of ["reader", "brief", "before", "after"]) {
        expect(value(last, cpu, name)).toBeGreaterThanOrEqual(value(second, cpu, name));
        expect(value(last, live, name)).toBe(0);
      }
    });

    test("tells by the name unknown what ended threads did where exit events do not arrive", async () => {
      const { scrape, child: workload, told } = await start("--no-exits.enabled");
      const { pid, brief } = await told();
      await scrape();
      workload.stdin.write("x");
      await told();
      const page = await scrape();
      expectWhole(page);
      expect(value(page, cpu, "reader")).toBeCloseTo(schedstatOf(pid, "reader").run, 8);
      expect(Math.abs(value(page, cpu, "unknown") - brief / 1e6)).toBeLessThan(4 * 0.011);
    });
  },
  { needs: ["cc"] },
);
