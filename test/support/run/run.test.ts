/** A run of Jest leaves nothing behind, ends, and says what it skipped: runs of the files in fixtures/. */

import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "@jest/globals";
import config from "../../../jest.config.js";
import { outcomeOf } from "../program.ts";
import { spawn } from "../processes.ts";
import { listMarked } from "./fixtures/marked.ts";
import { longest, placeOf, runsAlone, together } from "./runner.js";

const rootDir = fileURLToPath(new URL("../../..", import.meta.url));
const jest = join(rootDir, "node_modules/jest/bin/jest.js");

interface Run {
  readonly child: ReturnType<typeof spawn>;
  /** In the arguments of all its processes. */
  readonly mark: string;
  /** Its temporary files, which should go with it. */
  readonly folder: string;
}

/** Runs one fixture in Jest's own process, or several in workers. */
function start(fixtures: string, env: Readonly<Record<string, string>> = {}): Run {
  const folder = mkdtempSync(join(tmpdir(), "run-"));
  const mark = `mark-${folder.slice(-6)}`;
  const testMatch = fixtures.split(" ").map((name) => `<rootDir>/test/support/run/fixtures/${name}.fixture.ts`);
  // As on a machine of two CPUs, however many this one has.
  const { TASKSTATS_TEST_EXIT_TIMEOUT_MS: exitTimeout = config.workerGracefulExitTimeout } = env;
  const workerGracefulExitTimeout = Number(exitTimeout);
  const settings = JSON.stringify({ ...config, rootDir, testMatch, maxWorkers: 2, workerGracefulExitTimeout });
  const args = ["--experimental-vm-modules", jest, "--config", settings];
  const child = spawn(process.execPath, args, {
    cwd: rootDir,
    env: { ...process.env, REQUIRE_KERNEL: "", MARK: mark, TMPDIR: folder, ...env },
  });
  return { child, mark, folder };
}

/** For runs that never end by themselves: how long they have to, before they are ended. */
const noPatience = { TASKSTATS_TEST_EXIT_TIMEOUT_MS: "500" };

/** What a run has left of its folders; Jest itself keeps a cache beside them. */
const foldersLeft = ({ folder }: Run): string[] =>
  readdirSync(folder).filter((name) => name.startsWith("taskstats-tests-"));

/** Waits for what happens in other processes; the time limit of tests is the limit. */
async function wait(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(20);
}

const mounts = (): string => readFileSync("/proc/self/mountinfo", "utf8");
const mayMount = process.getuid?.() === 0 && !existsSync("/.dockerenv");

test("processes end with the test that started them, when it fails or times out too, and those of beforeAll with the file", async () => {
  const run = start("leaves");
  const { status, stderr } = await outcomeOf(run.child);
  expect(stderr).toContain("2 failed, 2 passed");
  expect(stderr).toMatch(/✓ finds none of them/);
  expect(stderr).not.toContain("left behind");
  expect(stderr).not.toContain("does not end by itself");
  expect({ status, processes: listMarked(run.mark), folders: foldersLeft(run) }).toEqual({
    ...{ status: 1, processes: [], folders: [] },
  });
});

test.each(["SIGINT", "SIGTERM", "SIGKILL"] as const)(
  "a run that %s ends leaves no process, no file system, no file and no change of the machine",
  async (signal) => {
    const undone = join(mkdtempSync(join(tmpdir(), "undone-")), "undone");
    const run = start("hangs", { UNDONE: undone, MOUNT: mayMount ? "1" : "0" });
    const { child, mark, folder } = run;
    const closed = once(child, "close");
    await wait(() => listMarked(mark).length === 3 || child.exitCode !== null);
    expect(mounts().includes(folder)).toBe(mayMount);
    child.kill(signal);
    await closed;
    await wait(() => foldersLeft(run).length === 0);
    expect(listMarked(mark)).toEqual([]);
    expect(mounts()).not.toContain(folder);
    expect(existsSync(undone)).toBe(true);
  },
);

test("a run ends as a failure where a test leaves a process that no helper knows of, and names it", async () => {
  const { status, stderr } = await outcomeOf(start("careless").child);
  expect(stderr).toContain("1 passed");
  expect(stderr).toMatch(/tests left behind, now removed: the process sleep \(\d+\)/);
  expect(status).toBe(1);
});

test("a run ends as a failure where a test keeps Jest from ending, and says so", async () => {
  const { status, stderr } = await outcomeOf(start("open", noPatience).child);
  expect(stderr).toContain("1 passed");
  expect(stderr).toMatch(/Jest does not end by itself, which is a failure: .*TCPServerWrap/);
  expect(status).toBe(1);
});

test("a run ends as a failure where a test keeps a worker from ending, and says so", async () => {
  const { status, stderr } = await outcomeOf(start("open skips", noPatience).child);
  expect(stderr).toContain("2 passed");
  expect(stderr).toContain("A worker of Jest does not end by itself, which is a failure");
  expect(status).toBe(1);
});

test("processes end with the tests of workers too, and what a worker's test leaves is named", async () => {
  const run = start("leaves careless");
  const { status, stderr } = await outcomeOf(run.child);
  expect(stderr).toContain("2 failed, 3 passed");
  expect(stderr).toMatch(/tests left behind, now removed: the process sleep \(\d+\)\n/);
  expect({ status, processes: listMarked(run.mark), folders: foldersLeft(run) }).toEqual({
    ...{ status: 1, processes: [], folders: [] },
  });
});

test.each([
  ["test/kernel/laws.test.ts", true],
  ["test/kernel/reload.test.ts", false],
  ["test/e2e/prometheus.test.ts", true],
  ["test/e2e/groups.test.ts", false],
  ["test/kernels/host.test.ts", false],
])("%s needs the machine for itself: %s", (path, expected) => {
  expect(runsAlone(rootDir, join(rootDir, path))).toBe(expected);
});

test("the files that take longest come first, and all others keep their order", () => {
  const places = [...longest, "test/base/errors.test.ts", "test/layers.test.ts"].map((path) =>
    placeOf(rootDir, join(rootDir, path)),
  );
  expect(places).toEqual([...longest.keys(), longest.length, longest.length]);
});

test("the files that the runner names exist", () => {
  expect([...together, ...longest].filter((path) => !existsSync(join(rootDir, path)))).toEqual([]);
});

test("what was skipped is said last, one line for each reason", async () => {
  const { status, stderr } = await outcomeOf(start("skips").child);
  expect(stderr.trimEnd().split("\n").slice(-2)).toEqual([
    "Skipped: 3 tests of 1 file: 50 % of x is missing",
    "Skipped: 2 tests of 1 file: there is no y",
  ]);
  expect(status).toBe(0);
});

test("REQUIRE_KERNEL=1 makes what cannot be run a failure", async () => {
  const { status, stderr } = await outcomeOf(start("skips", { REQUIRE_KERNEL: "1" }).child);
  expect(stderr).toContain("4 failed, 1 passed");
  expect(status).toBe(1);
});
