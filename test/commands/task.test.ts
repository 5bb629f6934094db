import { expect, test } from "@jest/globals";
import { readdirSync } from "node:fs";
import { describeZombie, isZombie, readTask } from "../../src/commands/task.ts";
import { createProcReader } from "../../src/procfs/read.ts";

const proc = createProcReader("/proc");

test("the tgid of a process is its own id, and that of a thread is its process's", () => {
  expect(readTask(proc, process.pid)).toMatchObject({ id: process.pid, tgid: process.pid });
  const thread = Math.max(...readdirSync("/proc/self/task").map(Number));
  expect(thread).not.toBe(process.pid);
  expect(readTask(proc, thread)).toMatchObject({ id: thread, tgid: process.pid });
});

test("an id that nothing has is no task", () => {
  expect(readTask(proc, 2 ** 22)).toBeUndefined();
});

test("a zombie is recognised by its state, and described with its parent", () => {
  const self = readTask(proc, process.pid);
  if (self === undefined) throw new Error("this process is not there");
  const zombie = { ...self, stat: { ...self.stat, state: "Z", ppid: process.pid } };
  expect([isZombie(self), isZombie(zombie)]).toEqual([false, true]);
  expect(describeZombie(proc, zombie)).toBe(
    `a zombie: it has ended, and its parent ${process.pid} (${self.stat.comm}) has not waited for it`,
  );
});
