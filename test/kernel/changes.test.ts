/** Processes that rewrite their title, change their user, or are moved to another control group, on the real kernel. */

import { afterEach, expect, test } from "@jest/globals";
import { setTimeout as delay } from "node:timers/promises";
import { useConfigFile } from "../support/config-file.ts";
import { withControlGroup } from "../support/control-group.ts";
import { own } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { runProgram, startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { withTold } from "../support/told.ts";
import { buildWorkload } from "../support/workloads.ts";
import type { RuleSpec } from "../../src/classify/rule.ts";

const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });
const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });

/** The last rule. It matches no process of these tests, so that other processes of this machine have no group. */
const elsewhere: RuleSpec = { name: "elsewhere", comm: ["elsewhere"] };

describeKernel("a process that changes while it lives", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  let flag = "";
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  async function start(...rules: readonly RuleSpec[]): Promise<Program> {
    flag = config.write({ process_names: [...rules, elsewhere] });
    return (program = await startProgram([flag, "--discovery.interval=200ms"]));
  }

  async function untilIn(scrape: Program["scrape"], groupname: string): Promise<ScrapedPage> {
    for (let tries = 0; tries < 10_000; tries++) {
      const page = await scrape();
      if (live(page, groupname) === 1) return page;
      await delay(10);
    }
    throw new Error(`never in ${groupname}`);
  }

  /** The group that `explain` shows for a process. */
  async function explain(pid: number): Promise<string | undefined> {
    const { stdout } = await runProgram(["explain", flag, `--pid=${pid}`, "--json"]);
    return (JSON.parse(stdout) as { readonly labels?: { readonly groupname: string } }).labels?.groupname;
  }

  /** An argument as long as the titles, which overwrite it. */
  const room = "title: of some twenty";
  const withTitle = (use: Parameters<typeof withTold>[1]): Promise<void> =>
    withTold([buildWorkload("title"), room], use);

  test("moves to the group of its new title, which explain shows too, and its earlier faults stay in the old group", async () => {
    const mark = own("t");
    const { scrape } = await start(
      { name: "before", cmdline: [`title ${room}$`] },
      { name: "after", cmdline: [`^${mark} worker`] },
    );
    await withTitle(async ({ pid, tell }) => {
      const faults = minflt(await untilIn(scrape, "before"), "before");
      expect(await tell(`${mark} worker`)).toBe("done");
      const page = await untilIn(scrape, "after");
      expect([live(page, "before"), await explain(pid)]).toEqual([0, "after"]);
      expect(minflt(page, "before")).toBeGreaterThanOrEqual(faults);
      expect(minflt(page, "after")).toBeLessThan(faults);
    });
  });

  test("moves to the group of its new user", async () => {
    const { scrape } = await start({ name: "user {{.Username}}", comm: ["title"], user: ["."] });
    await withTitle(async ({ pid, tell }) => {
      const id = 54_321;
      await untilIn(scrape, "user root");
      expect(await tell(`uid ${id}`)).toBe("done");
      await untilIn(scrape, `user ${id}`);
      expect(await explain(pid)).toBe(`user ${id}`);
    });
  });

  test("moves to the group of its new control group, though it sleeps", async () => {
    const name = own("group");
    const { scrape } = await start(
      { name: "inside", comm: ["title"], cgroup: [`/${name}$`] },
      { name: "outside", comm: ["title"], cgroup: ["."] },
    );
    await withControlGroup(name, async ({ take }) => {
      await withTitle(async ({ pid }) => {
        await untilIn(scrape, "outside");
        take(pid);
        const page = await untilIn(scrape, "inside");
        expect([live(page, "outside"), await explain(pid)]).toEqual([0, "inside"]);
      });
    });
  });
});
