/** Processes that shells and interpreters fork without starting a program: whose they are, on the real kernel. */

import { afterEach, expect, test } from "@jest/globals";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { runTelling, tellSelf, withPrograms } from "../support/scripts.ts";
import { buildWorkload } from "../support/workloads.ts";

const run = promisify(execFile);

const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });

/** Others of this machine are never in question: what they are takes no rule that needs more than their record. */
const elsewhere: RuleSpec = { name: "elsewhere", user: ["."] };

/** Subshells in subshells, in pipelines, in substitutions, and one whose parents have ended; the last command of each is no fork. */
const nested = `
me() { ${tellSelf}; }
me
( me; ( me; ( me; : ); : ); : )
( me; : ) | ( while read -r line; do echo "$line"; done; me )
x=$(me; ( me; : )); echo "$x"
( ( ( me; : ); me ) & )
`;

const shells = ["/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/busybox sh", "/bin/busybox sh"];
const installed = shells.filter((shell) => existsSync(shell.split(" ")[0] ?? ""));

describeKernel("a process that a script forked", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  const start = async (...rules: readonly RuleSpec[]): Promise<Program> =>
    (program = await startProgram([config.write({ process_names: [...rules, elsewhere] }), "--discovery.interval=1h"]));
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  test.each(installed)("is the script's, however deeply it is nested, under %s", async (shell) => {
    const name = own("nested");
    const { scrape } = await start(
      { name: "script", comm: [name], cmdline: [`/${name}$`] },
      { name: "wrong", comm: [name] },
    );
    await withPrograms(async ({ write }) => {
      const path = write(name, shell, nested);
      let processes = 0;
      for (let round = 0; round < 20; round++) processes += (await runTelling(path)).size;
      expect(processes).toBeGreaterThanOrEqual(20 * 8);
      const page = await scrape();
      expect([exits(page, "script"), exits(page, "unidentified"), exits(page, "wrong")]).toEqual([processes, 0, 0]);
    });
  });

  test("is the script's, though that goes on as another program", async () => {
    const [name, next] = [own("forks"), own("next")];
    const { scrape } = await start(
      { name: "script", comm: [name], cmdline: [`/${name}$`] },
      { name: "next", comm: [next], cmdline: ["--quietly$"] },
      { name: "wrong", comm: [name, next] },
    );
    await withPrograms(async ({ write, link }) => {
      const target = link(next, "/bin/true");
      const path = write(name, "/bin/sh", `( ${tellSelf}; ( ${tellSelf}; : ) & ) & exec ${target} --quietly`);
      let children = 0;
      for (let round = 0; round < 20; round++) children += (await runTelling(path)).size;
      expect(children).toBe(40);
      const page = await scrape();
      expect([exits(page, "script"), exits(page, "next")]).toEqual([children, 20]);
      expect([exits(page, "unidentified"), exits(page, "wrong")]).toEqual([0, 0]);
    });
  });

  test("is python's where python forked it", async () => {
    const name = own("forks-py");
    const { scrape } = await start(
      { name: "{{.ExeBase}}", comm: [name], cmdline: ["."] },
      { name: "wrong", comm: [name] },
    );
    if (!existsSync("/usr/bin/python3")) return;
    await withPrograms(async ({ write }) => {
      const body = "import os\nfor child in range(100):\n  if os.fork() == 0: os._exit(0)\n  os.wait()";
      await run(write(name, "/usr/bin/python3", body));
      const page = await scrape();
      expect([exits(page, "python3"), exits(page, "unidentified"), exits(page, "wrong")]).toEqual([101, 0, 0]);
    });
  });

  test("is the script's at full speed, 99 times in 100, and never another's", async () => {
    const name = own("many");
    const { scrape } = await start(
      { name: "script", comm: [name], cmdline: [`/${name}$`] },
      { name: "wrong", comm: [name] },
    );
    await withPrograms(async ({ write }) => {
      const path = write(name, "/bin/sh", nested);
      const each = (await runTelling(path)).size;
      await run(buildWorkload("spawn"), ["400", "--parallel", "2", "--", path], { maxBuffer: 2 ** 24 });
      const page = await scrape();
      const [right, unknown] = [exits(page, "script"), exits(page, "unidentified")];
      expect([right + unknown, exits(page, "wrong")]).toEqual([401 * each, 0]);
      expect(right).toBeGreaterThanOrEqual(0.99 * 401 * each);
      expect(page.value("taskstats_exporter_exec_events_lost_total")).toBe(0);
    });
  });
});
