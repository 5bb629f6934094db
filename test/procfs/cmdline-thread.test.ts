/** The built thread, driven through its memory. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { createMailboxMemory, openMailbox, type Mailbox } from "../../src/procfs/cmdline-mailbox.ts";
import { cmdlineBytes } from "../../src/procfs/cmdline.ts";
import type { CmdlineTask } from "../../src/procfs/cmdline-thread.ts";
import { viewPulse, type PulseView } from "../../src/procfs/pulse.ts";
import { spawnSync } from "../support/processes.ts";
import { until } from "../support/until.ts";

const program = new URL("../../dist/procfs/cmdline-thread.js", import.meta.url);

let procRoot: string;
let mailbox: Mailbox;
let pulse: PulseView;
let worker: Worker;
let exited: Promise<unknown>;
let requests: number;

beforeEach(async () => {
  procRoot = mkdtempSync(join(tmpdir(), "cmdline-thread-"));
  const memory = createMailboxMemory();
  [mailbox, pulse, requests] = [openMailbox(memory), viewPulse(memory), 0];
  worker = new Worker(program, { workerData: { procRoot, memory } satisfies CmdlineTask });
  exited = once(worker, "exit");
  await until(() => pulse.begun);
});
afterEach(async () => {
  await worker.terminate();
  rmSync(procRoot, { recursive: true });
});

const folderOf = (tgid: number): string => join(procRoot, String(tgid));

function write(tgid: number, text: string): void {
  mkdirSync(folderOf(tgid), { recursive: true });
  writeFileSync(join(folderOf(tgid), "cmdline"), text);
}

/** Makes a command line that blocks the thread. @returns what lets the thread go on */
function block(tgid: number): () => void {
  mkdirSync(folderOf(tgid), { recursive: true });
  const fifo = join(folderOf(tgid), "cmdline");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
  return () => {
    const fd = openSync(fifo, "r+");
    writeSync(fd, "late\0");
    closeSync(fd);
  };
}

function post(request: number): void {
  Atomics.store(mailbox.control, mailbox.request, request);
  Atomics.notify(mailbox.control, mailbox.request);
}

function ask(...tgids: readonly number[]): void {
  mailbox.ids.set(tgids);
  Atomics.store(mailbox.control, mailbox.count, tgids.length);
  Atomics.store(mailbox.control, mailbox.done, 0);
  requests++;
  post(requests);
}

const isAnswered = (): boolean => Atomics.load(mailbox.control, mailbox.answered) === requests;
const done = (): number => Atomics.load(mailbox.control, mailbox.done);
const text = (length: number): string => Buffer.from(mailbox.text.slice(0, length)).toString();

test("command lines follow each other without a gap, and a process that is gone has the length -1", async () => {
  write(1, "one\0");
  write(2, "");
  write(4, "four\0");
  ask(1, 2, 3, 4);
  await until(isAnswered);
  expect([done(), ...mailbox.lengths.subarray(0, 4)]).toEqual([4, 4, 0, -1, 5]);
  expect(text(9)).toBe("one\0four\0");
});

test("the thread answers one request after the other", async () => {
  write(1, "one\0");
  write(2, "second\0");
  ask(1);
  await until(isAnswered);
  ask(2);
  await until(isAnswered);
  expect([done(), mailbox.lengths[0], text(7), pulse.reads]).toEqual([1, 7, "second\0", 2]);
});

test("an answer ends before a command line that might not fit", async () => {
  for (const tgid of [1, 2, 3]) write(tgid, String(tgid).repeat(cmdlineBytes + 1));
  ask(1, 2, 3);
  await until(isAnswered);
  expect([done(), ...mailbox.lengths.subarray(0, 3)]).toEqual([2, cmdlineBytes, cmdlineBytes, 0]);
});

test("the request -1 ends the thread", async () => {
  post(-1);
  expect(await exited).toEqual([0]);
});

test("a thread that was given up in a read writes no further command line, and ends when the read returns", async () => {
  write(1, "one\0");
  const release = block(2);
  ask(1, 2);
  await until(() => pulse.reading === 2);
  expect(done()).toBe(1);
  pulse.giveUp();
  release();
  expect(await exited).toEqual([0]);
  expect([done(), mailbox.lengths[1]]).toEqual([1, 0]);
});
