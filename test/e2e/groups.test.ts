/** The groups of a configuration on the page of the built program: declared, with hostile names, too many, inherited, ignored. */

import { afterEach, expect, test } from "@jest/globals";
import type { RuleSpec } from "../../src/classify/rule.ts";
import { findDebianProgram } from "../debian/programs.ts";
import { useConfigFile } from "../support/config-file.ts";
import { startHostile } from "../support/hostile.ts";
import { endLives, own, startLife, withLinks } from "../support/life.ts";
import { parsePage, type ScrapedPage } from "../support/page.ts";
import { execFile as run, spawnSync } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel, findMissing, testUnless } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const promtool = await findDebianProgram({ package: "prometheus", program: "promtool" });

const exits = (page: ScrapedPage, groupname: string): number =>
  page.sum("taskstats_process_exits_total", { groupname });
const live = (page: ScrapedPage, groupname: string): number => page.sum("taskstats_processes", { groupname });

describeKernel("the groups of a configuration", () => {
  const config = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await endLives();
    await program?.stop();
    program = undefined;
  });

  /** Starts the program with rules. It finds processes only when it is scraped. */
  async function start(process_names: readonly RuleSpec[], flags: readonly string[] = [], limits = {}) {
    const flag = config.write({ process_names, limits });
    return (program = await startProgram([flag, "--discovery.interval=1h", ...flags]));
  }

  test("are on the first page with zeros if their labels are fixed, and otherwise when they have a process", async () => {
    const { scrape } = await start([
      { name: "declared", comm: [own("nobody")], labels: { team: "a" } },
      { name: "declared", comm: [own("noone")], labels: { team: "b" } },
      { name: "not yet {{.Comm}}", comm: [own("nowhere")] },
      { name: "hidden", comm: [own("never")], ignore: true },
    ]);
    const page = await scrape();
    const names = new Set<string>();
    for (const team of ["a", "b"]) {
      const labels = new RegExp(`\\{groupname="declared",team="${team}"[,}]`);
      const series = [...page.series].filter(([line]) => labels.test(line));
      expect(series.filter(([, value]) => value !== 0)).toEqual([]);
      for (const [line] of series) names.add(line.slice(0, line.indexOf("{")));
    }
    for (const name of [
      "taskstats_processes",
      "taskstats_threads",
      "taskstats_process_starts_total",
      "taskstats_thread_exits_total",
      "taskstats_cpu_run_seconds_total",
      "taskstats_delay_seconds_total",
      "taskstats_page_faults_total",
    ]) {
      expect([...names]).toContain(name);
    }
    // A histogram appears with its first observation, and a group that never had a process has no start time.
    expect([...names]).not.toContain("taskstats_process_lifetime_seconds_count");
    expect([...names]).not.toContain("taskstats_oldest_process_start_time_seconds");
    expect([...page.series.keys()].filter((line) => /not yet|hidden/.test(line))).toEqual([]);
  });

  const hostile: readonly (readonly [what: string, bytes: Buffer])[] = [
    ["a line break", Buffer.from("a\nb\n")],
    ["quotes and braces", Buffer.from('a"} 1 {b="')],
    ["backslashes", Buffer.from("\\n\\\\a\\")],
    ["invalid UTF-8", Buffer.from("61ff62c3e28263fe", "hex")],
    ["an escape sequence", Buffer.from("\x1b]0;x\x07\x1b[31m")],
    ["carriage returns and tabs", Buffer.from("a\r\tb\r")],
    ["other line breaks", Buffer.from("a\u2028b\u0085\u009bm")],
    ["characters cut in the middle of their bytes", Buffer.from("x".concat("é".repeat(20)))],
    ["characters of two surrogates", Buffer.from("😀".repeat(30))],
    ["4 KiB", Buffer.alloc(4096, "long ")],
  ];

  const maxLabelLength = 24;
  const cut = (text: string): string => Array.from(text).slice(0, maxLabelLength).join("");
  const escape = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll('"', '\\"');

  testUnless(promtool.obstacle ?? findMissing(["perl"])).each(hostile)(
    "have names with %s exactly escaped and cut, for live processes and for those that no scrape saw",
    async (_what, bytes) => {
      const mark = own("hostile");
      const { scrape, get } = await start(
        [
          { name: "e {{.ExeFull}}", cmdline: [` ${mark} exe$`] },
          { name: "c {{.Comm}}", cmdline: [` ${mark} comm$`] },
          {
            name: "{{.Matches.x}}",
            labels: { copy: "m {{.Matches.x}}" },
            cmdline: [`(?s) x=(?P<x>.*) ${mark} match$`],
          },
        ],
        ["--no-children"],
        { max_label_length: maxLabelLength },
      );
      const text = bytes.toString("utf8");
      const file = bytes.subarray(0, 200);
      const rest = (kind: string): readonly Buffer[] => [Buffer.from(mark), Buffer.from(kind)];
      const all = [
        { file: Buffer.from("hostile"), argv0: bytes, rest: rest("exe") },
        { file, rest: rest("comm") },
        { file: Buffer.from("hostile"), rest: [Buffer.concat([Buffer.from("x="), bytes]), ...rest("match")] },
      ];
      const labels = [
        { groupname: cut(`e ${text}`) },
        { groupname: cut(`c ${bytes.subarray(0, 15).toString("utf8")}`) },
        { groupname: cut(text), copy: cut(`m ${text}`) },
      ];
      const alive = await Promise.all(all.map(startHostile));
      const body = await (await get("/metrics")).text();
      const { status, stdout, stderr } = spawnSync(promtool.path, ["check", "metrics"], {
        input: body,
        encoding: "utf8",
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "", stderr: "" });
      for (const group of labels) {
        const written = Object.entries(group).map(([name, value]) => `${name}="${escape(value)}"`);
        expect(body).toContain(`\ntaskstats_processes{${written.join(",")}} 1\n`);
        expect(parsePage(body).value("taskstats_processes", group)).toBe(1);
      }
      await Promise.all(alive.map(({ end }) => end()));
      const unseen = await Promise.all(all.map(startHostile));
      await Promise.all(unseen.map(({ end }) => end()));
      const page = await scrape();
      for (const group of labels) {
        expect(page.value("taskstats_process_exits_total", { ...group, reason: "exited", code: "0" })).toBe(2);
      }
    },
  );

  test("beyond the limit are removed, the longest idle first, and counted, and all sums stay right", async () => {
    const names = Array.from({ length: 200 }, (_, index) => own(`n${index}`));
    const { scrape } = await start([{ name: "{{.Comm}}", comm: names }], ["--no-children"], { max_groups: 50 });
    let wait4Faults = 0;
    for (const name of names) {
      const { stdout } = await run(buildWorkload("spawn"), ["2", "--no-exec", "--comm", name]);
      wait4Faults += (JSON.parse(stdout) as { readonly minflt: number }).minflt;
    }
    const page = await scrape();
    const shown = names.filter((name) => exits(page, name) > 0);
    expect(shown).toEqual(names.slice(-50));
    expect(exits(page, "other")).toBe(300);
    expect(page.sum("taskstats_process_exits_total")).toBe(400);
    expect(page.sum("taskstats_process_starts_total")).toBe(400);
    expect(page.sum("taskstats_page_faults_total", { kind: "minor" })).toBe(wait4Faults);
    expect(page.value("taskstats_exporter_groups_overflowed_total")).toBe(0);
    expect(page.value("taskstats_exporter_groups_evicted_total")).toBe(150);
    expect(page.value("taskstats_exporter_groups")).toBe(51);
  });

  test.each([
    { children: "join", flags: [], expected: { live: 3, exits: 3 } },
    { children: "are left out", flags: ["--no-children"], expected: { live: 1, exits: 1 } },
  ])(
    "with flags $flags hold $expected.live processes when no rule matches a child and a grandchild",
    async ({ flags, expected }) => {
      const { scrape } = await start([{ name: "family", comm: [own("parent")] }], flags);
      await withLinks([own("grand")], async (path) => {
        const life = await startLife(own("parent"));
        await life.tell("fork");
        await life.tell(`name ${own("child")}`);
        await life.tell(`spawn ${path(own("grand"))}`);
        expect(live(await scrape(), "family")).toBe(expected.live);
        for (let generation = 0; generation < 2; generation++) await life.tell("exit 0");
        await life.end("exit 0");
        const page = await scrape();
        expect([exits(page, "family"), live(page, "family")]).toEqual([expected.exits, 0]);
      });
    },
  );

  test("do not contain processes that a rule ignores, nor their children, alive or exited unseen", async () => {
    const { scrape } = await start([
      { name: "ignored", comm: [own("ignored")], ignore: true },
      { name: "later", comm: [own("ignored"), own("shown")] },
    ]);
    const ignored = await startLife(own("ignored"));
    const shown = await startLife(own("shown"));
    await ignored.tell("fork");
    await ignored.tell(`name ${own("infant")}`);
    expect(live(await scrape(), "later")).toBe(1);
    await ignored.tell("exit 0");
    await Promise.all([ignored.end("exit 0"), shown.end("exit 0")]);
    await (await startLife(own("ignored"))).end("exit 0");
    const page = await scrape();
    expect(exits(page, "later")).toBe(1);
    expect([...page.series.keys()].filter((line) => line.includes("ignored"))).toEqual([]);
  });
});
