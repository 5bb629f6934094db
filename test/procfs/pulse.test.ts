import { expect, test } from "@jest/globals";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createPulse, pulseBytes, viewPulse } from "../../src/procfs/pulse.ts";
import { until } from "../support/until.ts";
import { spawnSync } from "../support/processes.ts";

function pair() {
  const memory = new SharedArrayBuffer(pulseBytes);
  return { pulse: createPulse(memory), view: viewPulse(memory), memory };
}

test("the other side sees whose file is being read, and how many reads are finished, also where a read throws", () => {
  const { pulse, view } = pair();
  expect([view.begun, view.reading, view.reads]).toEqual([false, undefined, 0]);
  pulse.begin();
  expect(pulse.around(42, () => view.reading)).toBe(42);
  const fail = (): never => {
    throw new Error("gone");
  };
  expect(() => pulse.around(43, fail)).toThrow("gone");
  expect([view.begun, view.reading, view.reads]).toEqual([true, undefined, 2]);
});

test("the reading thread sees that it was given up", () => {
  const { pulse, view } = pair();
  expect(pulse.givenUp).toBe(false);
  view.giveUp();
  expect(pulse.givenUp).toBe(true);
});

test("a thread is stuck while it stays in one read, and not between reads", () => {
  const { pulse, view } = pair();
  expect(view.isStuckFor(1)).toBe(false);
  expect(pulse.around(42, () => view.isStuckFor(1))).toBe(true);
});

test("a thread that computes is not asleep, and one that waits in an open of a FIFO is", async () => {
  const { pulse, view } = pair();
  pulse.begin();
  expect(view.isAsleep()).toBe(false);
  const directory = mkdtempSync(join(tmpdir(), "pulse-"));
  const fifo = join(directory, "fifo");
  spawnSync("mkfifo", [fifo]);
  const { memory, view: other } = pair();
  // Word 0 of the memory is the thread's id.
  const program = `const { workerData } = require("node:worker_threads"); const fs = require("node:fs");
    new Int32Array(workerData.memory)[0] = Number(fs.readlinkSync("/proc/thread-self").split("/").at(-1));
    fs.readFileSync(workerData.fifo);`;
  const worker = new Worker(program, { eval: true, workerData: { memory, fifo } });
  try {
    await until(() => other.begun);
    const [tid] = new Int32Array(memory);
    await until(() => readFileSync(`/proc/self/task/${String(tid)}/wchan`, "latin1").includes("wait_for_partner"));
    expect(other.isAsleep()).toBe(true);
  } finally {
    const fd = openSync(fifo, "r+");
    writeSync(fd, "x");
    closeSync(fd);
    await worker.terminate();
    rmSync(directory, { recursive: true });
  }
});
