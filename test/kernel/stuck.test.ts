/** A process whose command line cannot be read, because a holder of its memory's lock waits for a frozen file system, on the real kernel. */

import { afterEach, expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { useConfigFile } from "../support/config-file.ts";
import { findFreezeObstacle, withFreezable, type Freezable } from "../support/frozen.ts";
import { own } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { runProgram, startProgram, type Program } from "../support/program.ts";
import { describeUnless } from "../support/real-kernel.ts";
import { withTold, type Told } from "../support/told.ts";
import { buildWorkload } from "../support/workloads.ts";

const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.[0] ?? "";

const unreadable = (page: ScrapedPage): number =>
  page.sum("taskstats_exporter_unreadable_processes", { reason: "cmdline_blocked" });
const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });

async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 10_000; tries++) {
    if (await condition()) return;
    await delay(10);
  }
  throw new Error(`never true: ${condition.toString()}`);
}

describeUnless(findFreezeObstacle(), "a process whose command line cannot be read", () => {
  const config = useConfigFile();
  const name = own("stuck");
  const flags = (): string[] => [
    config.write({
      process_names: [
        { name: "blocked", cmdline: [`^${name} `] },
        { name: "other", cmdline: ["."] },
      ],
    }),
    "--discovery.interval=500ms",
  ];
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  /** Blocks every reader of the command line of `stuck` while `use` runs. */
  async function withStuck(use: (stuck: Told, freezable: Freezable) => Promise<void>): Promise<void> {
    await withFreezable(async (freezable) => {
      const command = [buildWorkload("stuck"), freezable.file];
      await withTold(
        command,
        async (stuck) => {
          expect(await stuck.hear()).toBe("mapped");
          freezable.freeze();
          try {
            stuck.say("go");
            await untilTrue(() => stateOf(stuck.pid) === "D");
            await use(stuck, freezable);
          } finally {
            // The process cannot exit before the file system is thawed.
            freezable.thaw();
          }
        },
        name,
      );
    });
  }

  test("is unidentified and counted while others' figures continue, and gets its group once it can be read", async () => {
    await withStuck(async (stuck, freezable) => {
      program = await startProgram(flags());
      const { scrape } = program;
      const first = await scrape();
      expect([unreadable(first), live(first, "blocked")]).toEqual([1, 0]);
      expect(live(first, "unidentified")).toBeGreaterThanOrEqual(1);
      expect(live(first, "other")).toBeGreaterThan(0);
      expect(program.log()).toContain(`pid=${stuck.pid}`);
      const runTime = { groupname: "other" };
      const before = first.sum("taskstats_cpu_run_seconds_total", runTime);
      await untilTrue(async () => (await scrape()).sum("taskstats_cpu_run_seconds_total", runTime) > before);
      freezable.thaw();
      expect(await stuck.hear()).toBe("unmapped");
      await untilTrue(async () => live(await scrape(), "blocked") === 1);
      expect(unreadable(await scrape())).toBe(0);
    });
  });

  test("does not keep a signal from ending the program with the right status", async () => {
    await withStuck(async () => {
      program = await startProgram(flags());
      expect(unreadable(await program.scrape())).toBe(1);
      const beganMs = performance.now();
      expect(await program.stop()).toBe(0);
      expect(performance.now() - beganMs).toBeLessThan(5000);
      program = undefined;
    });
  });

  test("is explained as a process of unknown command line, and blocks neither explain nor once", async () => {
    await withStuck(async (stuck) => {
      const [file = ""] = flags();
      const explained = await runProgram(["explain", file, `--pid=${stuck.pid}`], { env: { NO_COLOR: "1" } });
      expect(explained.status).toBe(0);
      expect(explained.stdout).toContain("nobody has seen its command line");
      const page = await runProgram(["once", file, "--delay=1ms"]);
      expect(page.status).toBe(0);
      expect(page.stdout).toMatch(/^taskstats_exporter_unreadable_processes\{reason="cmdline_blocked"\} 1$/m);
    });
  });
});
