/** Processes in a scope as systemd would make it, by rules on units, on the real kernel. */

import { afterEach, expect, test } from "@jest/globals";
import { useConfigFile } from "../support/config-file.ts";
import { withControlGroup } from "../support/control-group.ts";
import { endLives, own, startLife } from "../support/life.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

describeKernel("a process in a scope", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  test("is in the group of its unit alive and after its exit, and a process outside of the scope is not", async () => {
    const scope = `${own("unit")}.scope`;
    const names = [own("inside"), own("beside")];
    const flag = config.write({
      process_names: [
        { name: "{{.Unit}}", comm: names, unit: [`^${scope}$`] },
        { name: "{{.Comm}}", comm: names },
        { name: "elsewhere", user: ["."] },
      ],
    });
    await withControlGroup(scope, async ({ take }) => {
      const inside = await startLife(own("inside"));
      const beside = await startLife(own("beside"));
      take(inside.pid);
      const { scrape } = (program = await startProgram([flag]));
      const alive = await scrape();
      expect(alive.sum("taskstats_processes", { groupname: scope })).toBe(1);
      expect(alive.sum("taskstats_processes", { groupname: own("beside") })).toBe(1);
      await inside.end("exit 0");
      await beside.end("exit 0");
      const ended = await scrape();
      expect(ended.sum("taskstats_process_exits_total", { groupname: scope })).toBe(1);
      expect(ended.sum("taskstats_process_exits_total", { groupname: own("beside") })).toBe(1);
    });
  });
});
