/** Forked workers that overwrite their command line, on the real kernel. None is assigned to its server's group by a guess. */

import { afterEach, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { best } from "../support/attempts.ts";
import { useConfigFile } from "../support/config-file.ts";
import { own } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { execFile } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { withPrograms } from "../support/scripts.ts";
import { buildWorkload } from "../support/workloads.ts";

const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });

const elsewhere: RuleSpec = { name: "elsewhere", user: ["."] };

describeKernel("a forked worker", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  /** Runs workloads/titles.c under a name of its own. @returns ends by the group that they were billed to */
  async function serve(...args: readonly string[]) {
    const name = own("serves");
    const rules: readonly RuleSpec[] = [
      { name: "session", comm: [name], cmdline: ["^db: session"] },
      { name: "master", comm: [name], cmdline: ["^db: master"] },
      { name: "server", comm: [name], cmdline: [`/${name} `] },
      { name: "wrong", comm: [name] },
      elsewhere,
    ];
    program = await startProgram([config.write({ process_names: rules }), "--discovery.interval=1h"]);
    let page: ScrapedPage | undefined;
    await withPrograms(async ({ link }) => {
      await execFile(link(name, buildWorkload("titles")), args);
      page = await program?.scrape();
    });
    await program.stop();
    program = undefined;
    const count = (groupname: string): number => exits(page as ScrapedPage, groupname);
    const [session, master, server] = [count("session"), count("master"), count("server")];
    return { session, master, server, unidentified: count("unidentified"), wrong: count("wrong") };
  }

  /** Each worker is in one of the two groups. Exits of other programs may be unidentified too. */
  function expectWorkers(count: number, { group, unidentified }: { group: number; unidentified: number }): void {
    expect(group).toBeLessThanOrEqual(count);
    expect(group + unidentified).toBeGreaterThanOrEqual(count);
  }

  /**
   * The server itself is in its group. So may be a worker that could not run, for five milliseconds that count as running, before it wrote its title
   * ("Who may have a title of its own" in docs/architecture.md): a virtual machine has no CPU at times.
   */
  function expectServer(server: number, workers: number): void {
    expect(server).toBeGreaterThanOrEqual(1);
    expect(server).toBeLessThanOrEqual(1 + Math.ceil(workers / 100));
  }

  test.each([
    { what: "0.1 ms", args: ["200", "100"] },
    { what: "1 ms", args: ["200", "1000"] },
    { what: "1 ms beside many others", args: ["300", "1000", "--parallel", "20"] },
    { what: "5 ms", args: ["60", "5000"] },
    { what: "50 ms", args: ["20", "50000", "--parallel", "4"] },
    { what: "50 ms asleep", args: ["20", "50000", "--idle"] },
  ])("that sets a title at once and lives for $what is in the title's group, or unidentified", async ({ args }) => {
    const { session, unidentified, server, ...others } = await serve(...args);
    const count = Number(args[0]);
    expectServer(server, count);
    expectWorkers(count, { group: session + server - 1, unidentified });
    expect(others).toEqual({ master: 0, wrong: 0 });
  });

  test("is in the group of its title nine times in ten if it lives for 50 ms", async () => {
    const seen = await best(36, async () => (await serve("40", "50000", "--parallel", "4")).session);
    expect(seen).toBeGreaterThanOrEqual(36);
  });

  test("that sets its title late is in the group of the title, or unidentified", async () => {
    const { session, unidentified, server } = await serve("20", "50000", "--after", "10000", "--idle");
    expectServer(server, 20);
    expectWorkers(20, { group: session + server - 1, unidentified });
  });

  test("of a server with a title is in the title's group or unidentified, and the server in that of its title or its start", async () => {
    const { session, master, unidentified, server, wrong } = await serve("100", "1000", "--parent", "--untitled");
    expect(server).toBeLessThanOrEqual(1);
    expectWorkers(101, { group: master + server, unidentified });
    expect([session, wrong]).toEqual([0, 0]);
  });

  test("without a title is in its server's group nine times in ten if it lives long enough for a revisit", async () => {
    const seen = await best(55, async () => {
      const { server, unidentified, ...others } = await serve("60", "20000", "--untitled");
      expectWorkers(61, { group: server, unidentified });
      expect(others).toEqual({ session: 0, master: 0, wrong: 0 });
      return server;
    });
    expect(seen).toBeGreaterThanOrEqual(55);
  });
});
