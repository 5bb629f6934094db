/** The groups of processes that shells and interpreters fork without an exec, on the real kernel. */

import { afterEach, expect, test } from "@jest/globals";
import { existsSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { best } from "../support/attempts.ts";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import { execFile } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel, findMissing, testUnless } from "../support/real-kernel.ts";
import { runTelling, tellSelf, withPrograms } from "../support/scripts.ts";
import { buildWorkload } from "../support/workloads.ts";

const groups = ["script", "next", "unidentified", "wrong"];

/** The exits of each group of a test, once all are counted: an orphan closes its output a moment before it exits. */
async function scrapeEnds({ scrape }: Program, all: number): Promise<Readonly<Record<string, number>>> {
  for (;;) {
    const page = await scrape();
    const counts = groups.map(
      (groupname) => [groupname, page.sum("taskstats_process_exits_total", { groupname })] as const,
    );
    const ends = counts.filter(([, count]) => count > 0);
    // If the exits never come, the test fails by its time limit.
    if (ends.reduce((sum, [, count]) => sum + count, 0) >= all) return Object.fromEntries(ends);
    await delay(50);
  }
}

/** Matches all other processes of this machine by their user, which exit records hold, so that none of them is unidentified. */
const elsewhere: RuleSpec = { name: "elsewhere", user: ["."] };

/** Subshells in subshells, in pipelines, in substitutions, and one whose parents have exited. A shell does not fork for its last command. */
const nested = `
me() { ${tellSelf}; }
me
( me; ( me; ( me; : ); : ); : )
( me; : ) | ( while read -r line; do echo "$line"; done; me )
x=$(me; ( me; : )); echo "$x"
( me; ( ( me; : ); me ) & )
`;

const shells = ["/bin/sh", "/bin/bash", "/bin/dash", "/usr/bin/busybox sh", "/bin/busybox sh"];
const installed = shells.filter((shell) => existsSync(shell.split(" ")[0] ?? ""));

/** The number of rounds. On a busy machine, a round takes more than a second. */
const rounds = 5;

describeKernel("a process that a script forked", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  const start = async (...rules: readonly RuleSpec[]): Promise<Program> =>
    (program = await startProgram([config.write({ process_names: [...rules, elsewhere] }), "--discovery.interval=1h"]));
  /** A rule for the scripts of this name, by their command line. */
  const rulesOf = (name: string): readonly RuleSpec[] => [
    { name: "script", comm: [name], cmdline: [`/${name}$`] },
    { name: "wrong", comm: [name] },
  ];
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  test.each(installed)("is in the script's group, however deeply it is nested, under %s", async (shell) => {
    const name = own("nested");
    const exporter = await start(...rulesOf(name));
    await withPrograms(async ({ write }) => {
      const path = write(name, shell, nested);
      let processes = 0;
      for (let round = 0; round < rounds; round++) processes += (await runTelling(path)).size;
      expect(processes).toBeGreaterThanOrEqual(rounds * 9);
      expect(await scrapeEnds(exporter, processes)).toEqual({ script: processes });
    });
  });

  test("is in the script's group, though the script execs another program", async () => {
    const [name, next] = [own("forks"), own("next")];
    const exporter = await start(
      { name: "script", comm: [name], cmdline: [`/${name}$`] },
      { name: "next", comm: [next], cmdline: [" 0.1$"] },
      { name: "wrong", comm: [name, next] },
    );
    await withPrograms(async ({ write, link }) => {
      const target = link(next, "/bin/sleep");
      const path = write(name, "/bin/sh", `( ${tellSelf}; ( ${tellSelf}; : ) & ) & exec ${target} 0.1`);
      let children = 0;
      for (let round = 0; round < rounds; round++) children += (await runTelling(path)).size;
      expect(children).toBe(2 * rounds);
      expect(await scrapeEnds(exporter, 3 * rounds)).toEqual({ script: 2 * rounds, next: rounds });
    });
  });

  testUnless(findMissing(["python3"]))("is in python's group if python forked it", async () => {
    const name = own("forks-py");
    const exporter = await start(...rulesOf(name));
    await withPrograms(async ({ write }) => {
      // The program that PATH finds may be a wrapper script, which execs the real python.
      const { stdout } = await execFile("python3", ["-c", "import sys; print(sys.executable)"]);
      const body = "import os\nfor child in range(50):\n  if os.fork() == 0: os._exit(0)\n  os.wait()";
      await execFile(write(name, stdout.trim(), body));
      expect(await scrapeEnds(exporter, 51)).toEqual({ script: 51 });
    });
  });

  test("is in the script's group at full speed, 99 times in 100, and never in another", async () => {
    const name = own("many");
    await withPrograms(async ({ write }) => {
      const path = write(name, "/bin/sh", nested);
      const seen = await best(0.99, async () => {
        const exporter = await start(...rulesOf(name));
        const all = 101 * (await runTelling(path)).size;
        await execFile(buildWorkload("spawn"), ["100", "--parallel", "2", "--", path], { maxBuffer: 2 ** 24 });
        const { script = 0, unidentified = 0, ...others } = await scrapeEnds(exporter, all);
        expect([script + unidentified, others]).toEqual([all, {}]);
        expect((await exporter.scrape()).value("taskstats_exporter_exec_events_lost_total")).toBe(0);
        await exporter.stop();
        return script / all;
      });
      expect(seen).toBeGreaterThanOrEqual(0.99);
    });
  });
});
