/** A flood of command names on the real kernel, which any user can cause. The built program still shows later groups. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useConfigFile } from "../support/config-file.ts";
import type { ScrapedPage } from "../support/page.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

/** A user without other processes, so that the page shows only the processes of this test. */
const user = String(1_000_000_000 + process.pid);

interface Usage {
  readonly minflt: number;
}

describeKernel("3,000 processes with names of their own", () => {
  const config = useConfigFile();
  let directory = "";
  let program: Program | undefined;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "flood-"));
    chmodSync(directory, 0o755);
    copyFileSync(buildWorkload("spawn"), join(directory, "spawn"));
  });
  afterEach(async () => {
    await program?.stop();
    program = undefined;
    rmSync(directory, { recursive: true });
  });

  async function spawn(...args: string[]): Promise<Usage> {
    const asUser = [`--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
    const { stdout } = await run("setpriv", [...asUser, join(directory, "spawn"), ...args]);
    return JSON.parse(stdout) as Usage;
  }

  const faultsOf = (page: ScrapedPage, groupname?: string): number =>
    page.sum("taskstats_page_faults_total", { kind: "minor", ...(groupname === undefined ? {} : { groupname }) });

  test("leave room for later groups, before a scrape and after it, whose exits are all counted", async () => {
    const file = config.write({ process_names: [{ name: "{{.Comm}}", user: [`^${user}$`] }] });
    program = await startProgram([file, "--no-children"]);
    const flood = await spawn("3000", "--parallel", "4", "--no-exec", "--comm", "flood", "--distinct");
    const early = await spawn("10", "--no-exec", "--comm", "early");
    const page = await program.scrape();
    expect(faultsOf(page, "early")).toBe(early.minflt);
    // Their two parents have that user, too, and wait4 does not say how many faults these had.
    expect(page.sum("taskstats_process_exits_total")).toBe(3000 + 10 + 2);
    expect(faultsOf(page)).toBeGreaterThanOrEqual(flood.minflt + early.minflt);
    expect(page.value("taskstats_exporter_groups")).toBeLessThanOrEqual(1001);
    const late = await spawn("10", "--no-exec", "--comm", "late");
    const after = await program.scrape();
    expect(faultsOf(after, "late")).toBe(late.minflt);
    expect(after.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
  });
});
