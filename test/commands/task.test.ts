import { expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { describeZombie, isZombie, readTask } from "../../src/commands/task.ts";
import { createProcReader } from "../../src/procfs/read.ts";

const proc = createProcReader("/proc");

test("a process is its own, and a thread is one of its process", () => {
  expect(readTask(proc, process.pid)).toMatchObject({ id: process.pid, tgid: process.pid });
  const thread = Math.max(...readdirSync("/proc/self/task").map(Number));
  expect(thread).not.toBe(process.pid);
  expect(readTask(proc, thread)).toMatchObject({ id: thread, tgid: process.pid });
});

test("an id that nobody has is no task", () => {
  expect(readTask(proc, 2 ** 22)).toBeUndefined();
});

test("a process that has ended is a zombie, of the parent that has not waited for it", () => {
  const self = readTask(proc, process.pid);
  if (self === undefined) throw new Error("this process is not there");
  const zombie = { ...self, stat: { ...self.stat, state: "Z", ppid: process.pid } };
  expect([isZombie(self), isZombie(zombie)]).toEqual([false, true]);
  expect(describeZombie(proc, zombie)).toBe(
    `a zombie: it has ended, and its parent ${process.pid} (${self.stat.comm}) has not waited for it`,
  );
});
