/** The lines of `events --json`. */

import { expect, test } from "@jest/globals";
import type { ProcessExit } from "../../../src/account/recent-exits.ts";
import { createExitJson } from "../../../src/commands/events/exit-json.ts";

const exit: ProcessExit = {
  tgid: 4711,
  ppid: 812,
  comm: "worker",
  atSeconds: 1_700_000_000.25,
  status: 0x0300,
  lifetimeUs: 2500,
  runNs: 12_400_000,
  longestWait: { kind: "blkio", ns: 12_000_000 },
  maxRssKib: 4300,
};

const json = createExitJson(() => 1_700_000_001);
const parse = (line: string): unknown => JSON.parse(line);

test("an exit is one object in one line, in base units", () => {
  const line = json.formatExit({ groupname: "web", team: "a" }, exit);
  expect(line).toMatch(/^[^\n]*\n$/);
  expect(parse(line)).toEqual({
    time: "2023-11-14T22:13:20.250Z",
    labels: { groupname: "web", team: "a" },
    tgid: 4711,
    ppid: 812,
    comm: "worker",
    reason: "exited",
    code: "3",
    lifetime_seconds: 0.0025,
    cpu_seconds: 0.0124,
    longest_wait: { kind: "blkio", seconds: 0.012 },
    max_rss_bytes: 4_403_200,
  });
  expect(parse(json.formatExit({ groupname: "web" }, { ...exit, status: 0x8b }))).toMatchObject({
    reason: "dumped",
    code: "SIGSEGV",
  });
});

test("a figure that is not known, and a wait that was not, are left out", () => {
  const line = json.formatExit({ groupname: "web" }, { ...exit, runNs: NaN, maxRssKib: NaN, longestWait: undefined });
  expect(Object.keys(parse(line) as object)).toEqual([
    ...["time", "labels", "tgid", "ppid", "comm", "reason", "code", "lifetime_seconds"],
  ]);
});

test("what is missing is an object of its own, with the time", () => {
  const time = "2023-11-14T22:13:21.000Z";
  expect(parse(json.formatLost(12))).toEqual({ time, lost: 12 });
  expect(parse(json.formatNotShown(3))).toEqual({ time, not_shown: 3 });
  expect(parse(json.formatInterrupted("why"))).toEqual({ time, interrupted: "why" });
  expect(parse(json.formatResumed())).toEqual({ time, resumed: true });
});

test("there is no header, and names of others cannot control a terminal", () => {
  expect(json.header).toBeUndefined();
  const line = json.formatExit({ groupname: "\u009b2J" }, { ...exit, comm: "a\n\u202e" });
  expect(line.trimEnd()).not.toMatch(/[\p{Cc}\p{Bidi_Control}]/u);
  expect(parse(line)).toMatchObject({ labels: { groupname: "\u009b2J" }, comm: "a\n\u202e" });
});
