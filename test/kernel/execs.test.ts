/**
 * Programs that start and exit before a discovery finds them, on the real kernel. Their groups are found by rules on facts that
 * only /proc shows.
 */

import { afterEach, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { best } from "../support/attempts.ts";
import { useConfigFile } from "../support/config-file.ts";
import { connectorSockets } from "../support/connectors.ts";
import { withControlGroup } from "../support/control-group.ts";
import { endLives, own, startLife, withLinks } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { execFile as run } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel, findMissing, testUnless } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });
const minflt = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_page_faults_total", { groupname, kind: "minor" });
const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });
const ended = (page: ScrapedPage, by: string): number => page.sum("taskstats_exporter_exit_attribution_total", { by });

interface Spawned {
  readonly count: number;
  readonly minflt: number;
  readonly seconds: number;
}

/** Runs workloads/spawn.c, through another program if one is given. */
async function spawnMany(args: readonly string[], through: readonly string[] = []): Promise<Spawned> {
  const [command = "", ...rest] = [...through, buildWorkload("spawn"), ...args];
  return JSON.parse((await run(command, rest)).stdout) as Spawned;
}

/** Matches all other processes of this machine by their user, which exit records hold, so that none of them is unidentified. */
const elsewhere: RuleSpec = { name: "elsewhere", user: ["."] };

describeKernel("a program that ends before /proc is searched", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  const start = async (...rules: readonly RuleSpec[]): Promise<Program> => {
    const flag = config.write({ process_names: rules });
    return (program = await startProgram([flag, "--discovery.interval=1h"]));
  };
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  /** Runs programs named `comm` by one rule on their arguments before another that would take them all. */
  async function attribute(comm: string, args: readonly string[]) {
    const line = args.slice(args.indexOf("--") + 1).join(" ");
    const { scrape, stop } = await start(
      { name: "by-arguments", comm: [comm], cmdline: [`^${line}$`] },
      { name: "wrong", comm: [comm] },
      elsewhere,
    );
    const usage = await spawnMany(["--comm", comm, ...args]);
    const page = await scrape();
    await stop();
    program = undefined;
    return { usage, page, right: exits(page, "by-arguments"), unknown: exits(page, "unidentified") };
  }

  test("is in the group of its arguments nine times in ten at full speed, and never in a wrong one", async () => {
    const seen = await best(900, async (attempt) => {
      const args = ["1000", "--", "/bin/true", `attempt-${attempt}`];
      const { right, unknown, page, usage } = await attribute(own("true"), args);
      expect([right + unknown, exits(page, "wrong")]).toEqual([1000, 0]);
      expect(ended(page, "unidentified_cmdline")).toBe(unknown);
      expect(minflt(page, "by-arguments") + minflt(page, "unidentified")).toBe(usage.minflt);
      expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
      return right;
    });
    expect(seen).toBeGreaterThanOrEqual(900);
  });

  test("is always in the group of its arguments if it lives for 20 ms", async () => {
    const seen = await best(200, async () => {
      const args = ["200", "--parallel", "4", "--", "/bin/sleep", "0.02"];
      const { right, unknown, page, usage } = await attribute(own("sleep"), args);
      expect([right + unknown, exits(page, "wrong")]).toEqual([200, 0]);
      // On a slow machine a sample for the live page may meet some alive, four at a time at most.
      expect(ended(page, "exec")).toBeGreaterThanOrEqual(right - 8);
      expect(minflt(page, "by-arguments") + minflt(page, "unidentified")).toBe(usage.minflt);
      return right;
    });
    expect(seen).toBe(200);
  });

  test("is in the group of its user by its exit record, while a rule for others needs the exec watcher", async () => {
    const names = [own("by-user")];
    const { scrape } = await start(
      { name: "watched", comm: [own("none")], cmdline: ["."] },
      { name: "by-user", comm: names, user: ["^root$"] },
      { name: "wrong", comm: names },
      elsewhere,
    );
    await spawnMany(["500", "--parallel", "4", "--comm", own("by-user")]);
    const page = await scrape();
    expect([exits(page, "by-user"), exits(page, "wrong"), exits(page, "unidentified")]).toEqual([500, 0, 0]);
  });

  test("is in its parent's group if it was only forked, unless it renamed itself or may have a title", async () => {
    const names = [own("forks"), own("renamed")];
    const { scrape } = await start(
      { name: "family", comm: names, exe: names },
      { name: "wrong", comm: names },
      elsewhere,
    );
    await withLinks([own("forks")], async (path) => {
      const life = await startLife(own("begins"));
      await life.tell(`exec ${path(own("forks"))}`);
      for (let child = 0; child < 10; child++) {
        await life.tell("fork");
        // It lives long enough for a revisit at a time when it could have set a title.
        await life.tell("burn 30");
        if (child >= 7) await life.tell(`name ${own("renamed")}`);
        await life.tell("exit 0");
      }
      const page = await scrape();
      const [family, unidentified] = [exits(page, "family"), exits(page, "unidentified")];
      expect([family + unidentified, exits(page, "wrong")]).toEqual([10, 0]);
      // The first children of an unknown program may have titles of their own, so their group is not guessed.
      expect(family).toBeLessThanOrEqual(7);
      expect(family).toBeGreaterThanOrEqual(1);
      expect(ended(page, "unidentified_cmdline")).toBe(unidentified);
      // On a slow machine a sample for the live page may meet one alive.
      expect([family, family - 1, family - 2]).toContain(ended(page, "parent"));
      expect(live(page, "family")).toBe(1);
    });
  });

  testUnless(findMissing(["setpriv"]))("is in the group of its user", async () => {
    const user = String(1_000_000_000 + process.pid);
    const { scrape, pid } = await start({ name: "of-user", user: [`^${user}$`] }, { name: "others", user: ["."] });
    const usage = await spawnMany(["200", "--parallel", "4", "--comm", own("users")], ["setpriv", `--ruid=${user}`]);
    const page = await scrape();
    expect(connectorSockets(pid)).toEqual([]);
    // The process of spawn itself has that user, too, and its faults are not known.
    expect(exits(page, "of-user")).toBe(201);
    expect(minflt(page, "of-user")).toBeGreaterThan(usage.minflt);
    expect(page.sum("taskstats_processes", { groupname: "unidentified" })).toBe(0);
    expect(exits(page, "unidentified")).toBe(0);
  });

  const scope = `${own("execs")}.scope`;

  test.each([
    { what: "control group", key: { cgroup: [`/${scope}$`] } },
    { what: "unit", key: { unit: [`^${scope}$`] } },
  ])("goes by its $what each time when it lives for 50 ms, and never to a wrong group", async ({ key }) => {
    const names = [own("boxed"), own("quick")];
    const rules: RuleSpec[] = [{ name: "boxed", comm: names, ...key }, { name: "wrong", comm: names }, elsewhere];
    await withControlGroup(scope, async ({ through }) => {
      const seen = await best(100, async () => {
        const { scrape, stop } = await start(...rules);
        await spawnMany(["100", "--parallel", "4", "--comm", own("boxed"), "--", "/bin/sleep", "0.05"], through);
        const slow = await scrape();
        expect([exits(slow, "boxed") + exits(slow, "unidentified"), exits(slow, "wrong")]).toEqual([100, 0]);
        await spawnMany(["300", "--comm", own("quick")], through);
        const page = await scrape();
        expect([exits(page, "boxed") + exits(page, "unidentified"), exits(page, "wrong")]).toEqual([400, 0]);
        expect(ended(page, "unidentified_cgroup")).toBe(exits(page, "unidentified"));
        await stop();
        return exits(slow, "boxed");
      });
      expect(seen).toBe(100);
    });
  });
});

describeKernel("the exec watcher", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  test.each([
    { what: "there is no configuration", flags: () => [] },
    {
      what: "rules ask for command names and users alone",
      flags: () => [
        config.write({
          process_names: [
            { name: "a", comm: ["x"] },
            { name: "{{.Comm}}", user: ["."] },
          ],
        }),
      ],
    },
  ])("does not run where $what", async ({ flags }) => {
    program = await startProgram(flags());
    await program.scrape();
    expect(connectorSockets(program.pid)).toEqual([]);
  });

  test("runs only while a rule needs it", async () => {
    const plain = { process_names: [{ name: "{{.Comm}}", user: ["."] }] };
    const { pid, scrape, get } = (program = await startProgram([config.write(plain), "--web.enable-lifecycle"]));
    const reload = async (): Promise<number> =>
      (await fetch(new URL("/-/reload", program?.url), { method: "POST" })).status;
    for (const key of ["cmdline", "unit", "cgroup"] as const) {
      config.write({ process_names: [{ name: "x", [key]: ["."] }] });
      expect(await reload()).toBe(200);
      expect(connectorSockets(pid)).not.toEqual([]);
      // The previous watcher's thread ends when it next looks for messages.
      while (connectorSockets(pid).length > 1) await scrape();
    }
    config.write(plain);
    expect(await reload()).toBe(200);
    while (connectorSockets(pid).length > 0) await scrape();
    expect((await get("/-/healthy")).status).toBe(200);
  });
});
