/** Process ids that are reused at once. What one process did is not billed to another process with the same id. */

import { readFileSync, writeFileSync } from "node:fs";
import { expect, test } from "@jest/globals";
import { createFalls } from "../support/falls.ts";
import { own } from "../support/life.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { undoAtDeath } from "../support/undo.ts";
import { buildWorkload } from "../support/workloads.ts";

const pidMax = "/proc/sys/kernel/pid_max";

/** When ids wrap around, the kernel starts again at 300. */
async function withIdsBelow(limit: number, use: () => Promise<void>): Promise<void> {
  const before = readFileSync(pidMax, "utf8").trim();
  const done = undoAtDeath(["sh", "-c", `echo ${before} > ${pidMax}`]);
  writeFileSync(pidMax, String(limit));
  try {
    await use();
  } finally {
    writeFileSync(pidMax, before);
    done();
  }
}

describeKernel("the built program", () => {
  test("bills each of 3,000 processes that share 700 ids once, to its own group, with exactly wait4's faults", async () => {
    const program = await startProgram(["--discovery.interval=100ms"]);
    const falls = createFalls();
    try {
      await withIdsBelow(1000, async () => {
        const names = [own("odd"), own("even")];
        const spawn = ["1500", "--parallel", "4", "--no-exec", "--comm"];
        const running = Promise.all(names.map((name) => run(buildWorkload("spawn"), [...spawn, name])));
        const state = { done: false };
        void running.finally(() => (state.done = true));
        while (!state.done) falls.note(await program.scrape());
        const told = (await running).map(({ stdout }) => JSON.parse(stdout) as { readonly minflt: number });
        const page = await program.scrape();
        const shown = names.map((groupname) => ({
          exits: page.sum("taskstats_process_exits_total", { groupname }),
          starts: page.sum("taskstats_process_starts_total", { groupname }),
          minflt: page.sum("taskstats_page_faults_total", { groupname, kind: "minor" }),
          alive: page.sum("taskstats_processes", { groupname }),
        }));
        expect(shown).toEqual(told.map(({ minflt }) => ({ exits: 1500, starts: 1500, minflt, alive: 0 })));
        expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
        expect(falls.found).toEqual([]);
      });
    } finally {
      await program.stop();
    }
  });
});
