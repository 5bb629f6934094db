/** Requests to the built thread, of ordinary files, and of a FIFO, which blocks the thread as a process's memory may. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mailboxSlots } from "../../src/procfs/cmdline-mailbox.ts";
import { startCmdlineReader, type CmdlineReader } from "../../src/procfs/cmdline-reader.ts";
import { cmdlineBytes } from "../../src/procfs/cmdline.ts";
import { spawnSync } from "../support/processes.ts";
import { until } from "../support/until.ts";

const program = new URL("../../dist/procfs/cmdline-thread.js", import.meta.url);

let procRoot: string;
let reader: CmdlineReader;
let ends: number;
let fifo: string | undefined;

const start = (file = program): CmdlineReader =>
  startCmdlineReader({ procRoot, program: file, onEnd: () => (ends += 1) });

beforeEach(() => {
  procRoot = mkdtempSync(join(tmpdir(), "cmdline-reader-"));
  [ends, fifo] = [0, undefined];
  reader = start();
});
afterEach(async () => {
  release();
  reader.close();
  await until(() => ends > 0);
  rmSync(procRoot, { recursive: true });
});

function write(tgid: number, text: string | Uint8Array): void {
  mkdirSync(join(procRoot, String(tgid)), { recursive: true });
  writeFileSync(join(procRoot, String(tgid), "cmdline"), text);
}

function block(tgid: number): void {
  mkdirSync(join(procRoot, String(tgid)));
  fifo = join(procRoot, String(tgid), "cmdline");
  expect(spawnSync("mkfifo", [fifo]).status).toBe(0);
}

/** Lets a thread that is stuck in the FIFO go on. */
function release(): void {
  if (fifo === undefined) return;
  const fd = openSync(fifo, "r+");
  writeSync(fd, "late\0");
  closeSync(fd);
  fifo = undefined;
}

test("the answer has the arguments of each process in the order of the request, and undefined for one that is gone", () => {
  write(1, "prog\0-x\0\0é\0\0");
  write(2, "");
  expect(reader.request([2, 3, 1])).toEqual({ read: [[], undefined, ["prog", "-x", "", "é"]], stuck: false });
});

test("each request gets its own answer, shorter ones after longer ones too", () => {
  write(1, "a-long-program\0with arguments\0");
  write(2, "b\0");
  expect(reader.request([1, 1]).read).toHaveLength(2);
  expect(reader.request([2])).toEqual({ read: [["b"]], stuck: false });
  expect(reader.request([])).toEqual({ read: [], stuck: false });
});

test("a request can name as many processes as the mailbox has slots", () => {
  const tgids = Array.from({ length: mailboxSlots }, (_, index) => index + 1);
  for (const tgid of tgids) write(tgid, `${tgid}\0`);
  expect(reader.request(tgids).read).toEqual(tgids.map((tgid) => [String(tgid)]));
});

test("an answer has the first processes only where their command lines fill the mailbox", () => {
  for (const tgid of [1, 2, 3]) write(tgid, String(tgid).repeat(cmdlineBytes + 1));
  const { read, stuck } = reader.request([1, 2, 3]);
  expect([read.map((argv) => argv?.[0]?.length), stuck]).toEqual([[cmdlineBytes, cmdlineBytes], false]);
});

test("bytes that are no UTF-8 become U+FFFD, and leave the arguments behind them as they are", () => {
  write(1, Uint8Array.from([0x61, 0xff, 0, 0x62, 0]));
  expect(reader.request([1]).read).toEqual([["a\ufffd", "b"]]);
});

test("a read that blocks makes the thread stuck, with the answers before it, and the thread ends after the read", async () => {
  write(1, "one\0");
  write(3, "three\0");
  block(2);
  expect(reader.request([1, 2, 3])).toEqual({ read: [["one"]], stuck: true });
  expect(ends).toBe(0);
  release();
  await until(() => ends === 1);
});

test("a thread that is closed ends", async () => {
  reader.request([1]);
  reader.close();
  await until(() => ends === 1);
});

test("a thread that never begins counts as stuck after some time, and one that cannot be started as ended", async () => {
  const empty = start(new URL("data:text/javascript,"));
  expect(empty.request([1])).toEqual({ read: [], stuck: true });
  start(new URL("file:///nonexistent/thread.js"));
  await until(() => ends > 1);
});
