import { expect, test } from "@jest/globals";
import { renderGroup } from "../../../src/http/pages/group-page.ts";
import type { FakeLook } from "../../support/look.ts";
import { groupViewOf } from "../../support/live-groups.ts";
import { fakeLook, readableText } from "../../support/look.ts";

const exit = {
  ...{ tgid: 77, ppid: 5, comm: "<make>", atSeconds: 1_700_000_000, status: 9, lifetimeUs: 2_500_000, runNs: 1e9 },
  ...{ longestWait: { kind: "blkio" as const, ns: 12e6 }, maxRssKib: 4096 },
};

const render = (look: FakeLook, more: Parameters<typeof groupViewOf>[1] = {}): string =>
  renderGroup(fakeLook(look), groupViewOf("make", more)).text;

test("a group's page says what it does now", () => {
  const text = readableText(render({}, { processes: 3, threads: 9, run: 0.5, waits: { cpu: 1 } }));
  expect(text).toContain("3 processes with 9 threads. Now: waits for a CPU 1.00, runs on a CPU 0.50; 0 processes exit");
});

test("the bar is as long as the busiest group's at the most", () => {
  const groups = [groupViewOf("other", { run: 4 })];
  expect(render({ groups }, { run: 1 })).toMatch(/<rect class="run" x="0\.0" width="250\.0"/);
});

test("there is a plot of everything, one for each kind that happened, and those of exits", () => {
  const plot = new Map([
    ["run", [1]],
    ["blkio", [2]],
    ["exits", [3]],
    ["failed", [1]],
  ] as const);
  const titles = [...render({ plot }).matchAll(/<figcaption>[\s\S]*?<b>([^<]*)<\/b>/g)].map(([, title]) => title);
  expect(titles).toEqual([
    ...["Threads that run or wait", "A thread runs on a CPU", "A thread waits for a disk"],
    ...["Exits per second", "Failed exits per second"],
  ]);
  expect(readableText(render({}))).toContain("Nothing has happened in this group in the last 15 minutes.");
});

test("exits are counted by code, the most frequent first, and those that failed are red", () => {
  const exits = new Map([
    [0, 5],
    [0x0300, 7],
    [0x8b, 1],
    [0x0100, 0],
  ]);
  const text = render({ details: { exits } });
  expect(readableText(text)).toContain("Exit Processes exited 3 7 exited 0 5 SIGSEGV, core dumped 1");
  expect([...text.matchAll(/<b class="failed">([^<]*)<\/b>\s*<\/td>/g)].map(([, words]) => words)).toEqual([
    "exited 3",
    "SIGSEGV, core dumped",
  ]);
  expect(readableText(render({}))).toContain("No process of this group has exited since the exporter started.");
});

test("the last exits have their figures in units for people", () => {
  const text = readableText(render({ details: { recentExits: [exit] } }));
  expect(text).toContain("77 5 &lt;make&gt; SIGKILL 2.5 s 1.0 s blkio 12 ms 4.0 MiB");
  expect(text).toContain("Its last 1 exits");
  const bare = { ...exit, longestWait: undefined, maxRssKib: NaN };
  expect(readableText(render({ details: { recentExits: [bare] } }))).toContain("1.0 s none -");
});

test("processes are listed with why they are in the group, and only so many", () => {
  const members = Array.from({ length: 203 }, (_, index) => ({ tgid: index, comm: "a", reason: "rule <1>" }));
  const text = readableText(render({ details: { members } }));
  expect(text).toContain("Its 203 processes, and why they are in this group");
  expect(text).toContain("199 a rule &lt;1&gt; and 3 more");
  expect(readableText(render({}))).toContain("No process of this group lives now.");
});

test("of the exporter's state only what is not well is shown", () => {
  const conditions = [
    { level: "bad", subject: "Delay accounting", text: "is off" },
    { level: "good", subject: "Exit events", text: "arrive" },
  ] as const;
  const text = readableText(render({ conditions }));
  expect([text.includes("Delay accounting is off."), text.includes("Exit events")]).toEqual([true, false]);
});
