/** Many processes with the longest command lines that the system allows, and the built program. Any user may start them. */

import { afterEach, expect, test } from "@jest/globals";
import { best } from "../support/attempts.ts";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import { execFile as run, spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { readMemory } from "../support/usage.ts";
import { buildWorkload } from "../support/workloads.ts";

/** The program itself takes about 90 MiB. One copy of all long command lines would take 150 MiB more. */
const mostBytes = 256 * 2 ** 20;

const longCount = 300;

/** Half a megabyte in arguments of 100 KiB each, which is below the limit of one argument. */
const script = `
long=$(head -c 102400 /dev/zero | tr '\\0' x)
i=0
while [ $i -lt ${longCount} ]; do
  sh -c 'read -r _ < "$1"' "$0" "$1" $long $long $long $long $long &
  i=$((i + 1))
done
wait
`;

describeKernel("the built program", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  test("keeps little memory for 300 command lines of half a megabyte, and still knows short ones", async () => {
    const name = own("long");
    const rules = config.write({
      process_names: [
        { name: "long", cmdline: [name] },
        { name: "short", cmdline: ["^/bin/true"] },
      ],
    });
    const started = (program = await startProgram([rules, "--discovery.interval=500ms"]));
    const fifo = `${config.path}.fifo`;
    await run("mkfifo", [fifo]);
    const crowd = spawn("sh", ["-c", script, name, fifo], { stdio: "inherit" });
    try {
      const short = run(buildWorkload("spawn"), ["300", "--comm", "true", "--", "/bin/true"]);
      for (;;) {
        const live = (await started.scrape()).value("taskstats_processes", { groupname: "long" }) ?? 0;
        if (live >= longCount) break;
      }
      await short;
      // How many of these short programs are seen depends on the machine, but most of them are.
      let peak = Infinity;
      const seen = await best(0.75 * 300, async (index) => {
        const before = await started.scrape();
        await run(buildWorkload("spawn"), ["300", "--comm", "true", "--", "/bin/true"]);
        const after = await started.scrape();
        // Later attempts may take memory of their own.
        if (index === 0) ({ peak } = readMemory(started.pid));
        const exits = (groupname: string): number =>
          after.sum("taskstats_process_exits_total", { groupname }) -
          before.sum("taskstats_process_exits_total", { groupname });
        expect(exits("short") + exits("unidentified")).toBeGreaterThanOrEqual(300);
        return exits("short");
      });
      expect(seen).toBeGreaterThanOrEqual(0.75 * 300);
      expect(peak).toBeLessThan(mostBytes);
    } finally {
      // It waits for its children, which wait for input that never comes.
      crowd.kill("SIGKILL");
    }
  });
});
