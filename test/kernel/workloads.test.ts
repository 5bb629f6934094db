/**
 * Checks the output of the workload programs with small counts, because other tests compare the exporter with it.
 * Only `bare` needs a privilege.
 */
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect, test as testAnywhere } from "@jest/globals";
import { spawn, spawnSync } from "../support/processes.ts";
import { findMissing, findObstacle, testUnless } from "../support/real-kernel.ts";
import { buildProgram, buildWorkload } from "../support/workloads.ts";

const test = testUnless(findMissing(["cc"]));

const bareSource = join(import.meta.dirname, "../../bench/bare.c");
const totalsKeys = ["count", "minflt", "majflt", "nvcsw", "nivcsw", "utime_us", "stime_us", "seconds"];

function run(binary: string, args: readonly string[], input = ""): Record<string, unknown> {
  const { status, stdout, stderr } = spawnSync(binary, args, { input, encoding: "utf8" });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(stdout.split("\n")).toHaveLength(2);
  return parseLine(stdout);
}

const runWorkload = (line: string): Record<string, unknown> => {
  const [name = "", ...args] = line.split(" ");
  return run(buildWorkload(name), args);
};

function parseLine(line: string): Record<string, unknown> {
  const value: unknown = JSON.parse(line);
  if (typeof value !== "object" || value === null) throw new Error(`want a JSON object, got ${line}`);
  return { ...value };
}

function failureOf(line: string): string {
  const [name = "", ...args] = line.split(" ");
  const { status, stdout, stderr } = spawnSync(buildWorkload(name), args, { input: "", encoding: "utf8" });
  expect(status).not.toBe(0);
  expect(stdout).toBe("");
  return stderr;
}

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<Record<string, unknown>> {
  for await (const line of createInterface(child.stdout)) return parseLine(line);
  throw new Error("ended without output");
}

const commOf = (pid: number): string => readFileSync(`/proc/${pid}/comm`, "utf8").trim();
const threadsOf = (pid: number): number => readdirSync(`/proc/${pid}/task`).length;

test("a program is compiled once and keeps its name", () => {
  const binary = buildWorkload("spawn");
  expect(binary).toMatch(/\/spawn$/);
  expect(buildWorkload("spawn")).toBe(binary);
  expect(buildWorkload("threads")).not.toBe(binary);
});

testAnywhere("a missing compiler is an error that says what to install", () => {
  const folder = mkdtempSync(join(tmpdir(), "workloads-test-"));
  const module = join(import.meta.dirname, "../support/workloads.ts");
  const script = `import(${JSON.stringify(module)}).then(({ buildWorkload }) => buildWorkload("storm"))`;
  // This runs in another process, because child_process reads the real environment, not Jest's copy.
  const env = { PATH: folder, XDG_CACHE_HOME: folder };
  const { status, stderr } = spawnSync(process.execPath, ["--import", "tsx", "-e", script], { env, encoding: "utf8" });
  rmSync(folder, { recursive: true });
  expect(status).toBe(1);
  expect(stderr).toMatch(/Error: cc not found: storm\.c needs a C compiler; apt-get install gcc/);
});

test("spawn reaps every child that execs, and sums its faults", () => {
  const result = runWorkload("spawn 50 --parallel 4");
  expect(Object.keys(result)).toEqual([...totalsKeys, "dumped"]);
  expect(result).toMatchObject({ count: 50, dumped: 0 });
  expect(result.minflt).toBeGreaterThanOrEqual(50);
});

test("spawn passes arguments to the command and names it by --comm", () => {
  const line = ["3", "--comm", "renamed", "--", "/bin/cat", "/proc/self/comm"];
  const { stdout } = spawnSync(buildWorkload("spawn"), line, { encoding: "utf8" });
  expect(stdout.split("\n").slice(0, 3)).toEqual(["renamed", "renamed", "renamed"]);
});

test("spawn checks that its children ended with the codes and signals asked for", () => {
  expect(runWorkload("spawn 50 --exit-codes 0,3")).toMatchObject({ count: 50, dumped: 0 });
  expect(runWorkload("spawn 50 --signals 9,11 --parallel 3")).toMatchObject({ count: 50, dumped: 0 });
  expect(runWorkload("spawn 50 --no-exec --comm plain")).toMatchObject({ count: 50, dumped: 0 });
  expect(failureOf("spawn 2 --signals 17")).toContain("children did not end as told");
});

test("threads counts every exit of a thread, leaders included", () => {
  const result = runWorkload("threads 5 8");
  expect(Object.keys(result)).toEqual([...totalsKeys, "threads"]);
  expect(result).toMatchObject({ count: 5, threads: 45 });
});

test.each(["", " --leader-first"])("threads%s faults once per page", (flag) => {
  const perProcess = Number(runWorkload(`threads 5 8 --faults 100${flag}`).minflt) / 5;
  expect(perProcess).toBeGreaterThanOrEqual(800);
  expect(perProcess).toBeLessThan(1000); // about 55 are fork's, those of the stacks and libc's
});

test("idle holds named processes and threads until stdin ends, and leaves none", async () => {
  const child = spawn(buildWorkload("idle"), ["5", "--threads", "3", "--comm-prefix", "doze", "--distinct", "2"]);
  const { ready, pids } = await firstLine(child);
  expect(ready).toBe(5);
  const [first, last] = pids as [number, number];
  expect([commOf(first), commOf(last)]).toEqual(["doze0", "doze0"]);
  expect([threadsOf(first), threadsOf(last)]).toEqual([3, 3]);
  child.stdin.end();
  expect(await once(child, "close")).toEqual([0, null]);
  expect([first, last].filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
});

test("idle's processes exit with it", async () => {
  const child = spawn(buildWorkload("idle"), ["3"]);
  await firstLine(child);
  child.kill("SIGKILL");
  // "close" comes when no process has stdout open any more, and the sleeping processes have it open.
  expect(await once(child, "close")).toEqual([null, "SIGKILL"]);
});

test("the threads of names use the CPU time that they are told to, and tell of it", async () => {
  const child = spawn(buildWorkload("names"), ["20", "--comm", "named"]);
  const { reader, brief, renamed } = await firstLine(child);
  child.stdin.end();
  expect(reader).toBeGreaterThanOrEqual(2 * 20_000);
  expect(brief).toBeGreaterThanOrEqual(4 * 20_000);
  expect(renamed).toBeGreaterThanOrEqual(20_000);
});

test("churn's exits include at least the threads that it started with, and the leader", () => {
  expect(runWorkload("churn --threads --comm churning").threads).toBeGreaterThanOrEqual(5);
});

test.each(["", " --processes"])("storm%s counts its tasks and its workers", (flag) => {
  const result = runWorkload(`storm 1001 --workers 3${flag}`);
  expect(Object.keys(result)).toEqual(["count", "seconds"]);
  expect(result.count).toBe(1004);
});

test("wrong arguments are a message on stderr and no output", () => {
  expect(failureOf("spawn 1x")).toContain("1x: Invalid argument");
  expect(failureOf("spawn 1 --exit-codes 256")).toContain("256: Numerical result out of range");
  expect(failureOf("spawn 1 -- /nonexistent")).toContain("/nonexistent: No such file");
  expect(failureOf("idle 1 --comm-prefix sixteen-letters-")).toContain("at most 15 characters");
  for (const name of ["spawn", "threads", "idle", "churn", "storm"]) expect(failureOf(name)).toContain("usage:");
});

testUnless(findObstacle() ?? findMissing(["cc"]))(
  "bare sends two queries for each process, and counts processes that are gone",
  () => {
    const gone = 2 ** 22 + 1; // above the largest pid_max
    const result = run(buildProgram(bareSource), ["3"], `${process.pid}\n${gone}\n`.repeat(40));
    expect(result).toMatchObject({ processes: 80, repeats: 3, queries: 480, errors: 240 });
    expect(result.cpu_us_per_query).toBeGreaterThan(0);
    expect(result.wall_us_per_query).toBeGreaterThan(0);
  },
);
