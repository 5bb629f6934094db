import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { formatCgroupAnswer, formatCgroupAnswerJson, queryCgroup } from "../../src/commands/query-cgroup.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cgroup-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("a control group's reply is printed in columns: state, number, meaning with the kernel's name", async () => {
  const kernel = createFakeKernel();
  kernel.cgroups.set(directory, [30, 2, 4, 1, 0]);
  const answer = await queryCgroup(kernel, directory);
  const lines = formatCgroupAnswer(answer, false).split("\n");
  expect(lines[0]).toBe(`control group ${directory}: its threads by state, without those of groups below it`);
  expect(lines.slice(1).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
    ["sleeping", "30"],
    ["running", "2"],
    ["stopped", "4"],
    ["uninterruptible", "1"],
    ["io_wait", "0"],
    [""],
  ]);
  expect(lines[4]).toMatch(/\(nr_uninterruptible\)$/);
  expect(kernel.sockets.map(({ closed }) => closed)).toEqual([true]);
});

test("the reply as JSON has the form of that for a process", async () => {
  const kernel = createFakeKernel();
  kernel.cgroups.set(directory, [30, 2, 4, 1, 5]);
  const events = (value: number) => ({ value, unit: "events" });
  expect(JSON.parse(formatCgroupAnswerJson(await queryCgroup(kernel, directory)))).toEqual({
    cgroup: directory,
    fields: {
      sleeping: events(30),
      running: events(2),
      stopped: events(4),
      uninterruptible: events(1),
      io_wait: events(5),
    },
  });
});

test("control characters of the directory are escaped for the terminal", () => {
  expect(formatCgroupAnswer({ cgroup: "/a\u001b[2J", fields: [] }, false)).toContain(String.raw`/a\x1b[2J`);
});

test("a failure names the question, and the socket is closed", async () => {
  const kernel = createFakeKernel();
  const where = `query --cgroup=${directory}`;
  await expect(queryCgroup(kernel, directory)).rejects.toThrow(
    `CGROUP_UNFIT at ${where}: want a directory of cgroup v1`,
  );
  kernel.cgroups.set(directory, [1, 2, 3, 4, 5]);
  kernel.faults.pass = (datagram) => datagram.subarray(0, 40);
  await expect(queryCgroup(kernel, directory)).rejects.toThrow(`CGROUP_UNANSWERED at ${where}: `);
  expect(kernel.sockets.map(({ closed }) => closed)).toEqual([true, true]);
});
