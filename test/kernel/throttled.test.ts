/** A CPU quota on the real kernel, through the built program, against cpu.stat. */

import { afterEach, expect, test } from "@jest/globals";
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { own } from "../support/life.ts";
import { startProgram, type Program } from "../support/program.ts";
import { spawn } from "../support/processes.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { undoAtDeath } from "../support/undo.ts";
import { until } from "../support/until.ts";

const root = "/sys/fs/cgroup/cpu";
const obstacle = existsSync(join(root, "cpu.cfs_quota_us"))
  ? undefined
  : "no hierarchy of cgroup v1 with cpu is mounted there";
const metric = "taskstats_cpu_throttled_seconds_total";

describeKernel(
  "a quota of a tenth of a CPU",
  () => {
    let program: Program | undefined;
    const made: { readonly path: string; readonly undone: () => void }[] = [];
    afterEach(async () => {
      await program?.stop();
      program = undefined;
      for (const { path, undone } of made.splice(0)) {
        await until(() => removed(path));
        undone();
      }
    });

    function removed(path: string): boolean {
      try {
        rmdirSync(path);
        return true;
      } catch {
        return false;
      }
    }

    function make(name: string): string {
      const path = join(root, `${name}-${process.pid}`);
      const undone = undoAtDeath(["rmdir", path]);
      mkdirSync(path);
      made.push({ path, undone });
      return path;
    }

    const throttled = (path: string): number =>
      Number(/throttled_time (\d+)/.exec(readFileSync(join(path, "cpu.stat"), "latin1"))?.[1]) / 1e9;

    /** Starts a program that spins under a name of its own, and joins the control group before that. */
    const spin = (path: string, comm: string) =>
      spawn("perl", ["-e", `open F, ">${path}/cgroup.procs"; print F 0; close F; $0 = "${comm}"; 1 while 1`]);

    test("is shown as cpu.stat's growth, at most the group's CPU delay, and without a quota there is no series", async () => {
      const [limited, free] = [make("limited"), make("free")];
      writeFileSync(join(limited, "cpu.cfs_quota_us"), "10000");
      const { scrape } = (program = await startProgram());
      const spinners = [spin(limited, own("limited")), spin(free, own("free"))];
      await until(() => throttled(limited) > 2);
      for (const spinner of spinners) spinner.kill("SIGSTOP");
      // A stopped group is no longer throttled. Its figure is final when two reads agree.
      for (let last = NaN; last !== throttled(limited);) {
        last = throttled(limited);
        await setTimeout(200);
      }
      let page = await scrape();
      // The first page shows a new series as 0, and the search for the group's processes may come later than a scrape.
      while ((page.value(metric, { groupname: own("limited") }) ?? 0) < 1) page = await scrape();
      const shown = page.value(metric, { groupname: own("limited") }) ?? NaN;
      const waited = page.value("taskstats_delay_seconds_total", { groupname: own("limited"), kind: "cpu" }) ?? NaN;
      expect(shown).toBeCloseTo(throttled(limited), 6);
      // The group waits not only for its quota, but also for other processes on its CPU.
      expect(shown).toBeLessThan(1.1 * waited + 0.2);
      expect(page.value(metric, { groupname: own("free") })).toBeUndefined();
      for (const spinner of spinners) spinner.kill("SIGKILL");
    });
  },
  { needs: ["perl"], obstacle },
);
