/** Command lines read by the built thread: from ordinary files, and from FIFOs, whose reads block as those of a process's memory may. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createCommandLines, type CommandLines } from "../../src/procfs/command-lines.ts";
import { createCmdlineReader } from "../../src/procfs/cmdline.ts";
import { createProcReader } from "../../src/procfs/read.ts";
import { until } from "../support/until.ts";
import { spawnSync } from "../support/processes.ts";

const program = new URL("../../dist/procfs/cmdline-thread.js", import.meta.url);

let root: string;
let blocked: number[];
let fifos: number[];
let commandLines: CommandLines;

function open(limit = 8): CommandLines {
  return createCommandLines({ proc: createProcReader(root), program, limit, onStuck: (tgid) => blocked.push(tgid) });
}

function write(tgid: number, text: string): void {
  mkdirSync(join(root, String(tgid)), { recursive: true });
  writeFileSync(join(root, String(tgid), "cmdline"), text);
}

/** The stat of a process of one thread. */
function writeState(tgid: number, state: string): void {
  writeFileSync(
    join(root, String(tgid), "stat"),
    `${tgid} (x) ${state} 1 1 1 0 -1 4194304${" 0".repeat(10)} 1${" 0".repeat(32)}\n`,
  );
}

function block(tgid: number): void {
  mkdirSync(join(root, String(tgid)), { recursive: true });
  expect(spawnSync("mkfifo", [join(root, String(tgid), "cmdline")]).status).toBe(0);
  fifos.push(tgid);
}

/** Lets the thread that reads a FIFO go on. */
function release(tgid: number, text = ""): void {
  fifos = fifos.filter((other) => other !== tgid);
  const fd = openSync(join(root, String(tgid), "cmdline"), "r+");
  writeSync(fd, text);
  closeSync(fd);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "cmdlines-"));
  [blocked, fifos] = [[], []];
  commandLines = open();
});

afterEach(async () => {
  for (const tgid of fifos) release(tgid, "x");
  await until(() => commandLines.stuck === 0);
  commandLines.close();
  rmSync(root, { recursive: true });
});

const takeAll = (tgids: readonly number[]) => tgids.map((tgid) => commandLines.read(tgid));

describe("command lines", () => {
  test("are the same as those that are read without a thread, of all processes of this machine", () => {
    const machine = createCommandLines({ proc: createProcReader("/proc"), program });
    const read = createCmdlineReader("/proc");
    const tgids = readdirSync("/proc")
      .map(Number)
      .filter((tgid) => tgid > 0);
    machine.readAhead(tgids);
    const seen = tgids.filter((tgid) => (machine.read(tgid)?.length ?? 0) > 0);
    // Between the two reads a process may have exited, or have changed its title.
    machine.readAhead(seen);
    const same = seen.filter((tgid) => machine.read(tgid)?.join("\0") === read(tgid)?.join("\0"));
    machine.close();
    expect(same.length).toBeGreaterThan(0.9 * seen.length);
    expect(seen).toContain(process.pid);
  });

  test("of many processes are read by one request, and each is handed out as its own", () => {
    const tgids = Array.from({ length: 2000 }, (_value, index) => index + 1);
    for (const tgid of tgids) if (tgid % 3 !== 0) write(tgid, `prog\0${tgid}\0é\0`);
    commandLines.readAhead(tgids);
    const want = tgids.map((tgid) => (tgid % 3 === 0 ? undefined : ["prog", String(tgid), "é"]));
    expect(takeAll(tgids)).toEqual(want);
  });

  test("of half a megabyte each are all whole, though few fit into one answer", () => {
    const tgids = [1, 2, 3, 4, 5];
    for (const tgid of tgids) write(tgid, String(tgid).repeat(2 ** 19 + 5));
    commandLines.readAhead(tgids);
    expect(takeAll(tgids).map((argv) => argv?.[0]?.length)).toEqual(tgids.map(() => 2 ** 19));
    expect(takeAll(tgids).map((argv) => argv?.[0]?.[0])).toEqual(["1", "2", "3", "4", "5"]);
  });

  test("are read again when they are asked for again", () => {
    write(1, "one\0");
    commandLines.readAhead([1]);
    expect(commandLines.read(1)).toEqual(["one"]);
    write(1, "two\0");
    expect(commandLines.read(1)).toEqual(["two"]);
  });
});

describe("a command line whose read blocks", () => {
  test("does not delay other command lines, is reported as blocked, and is read once it blocks no more", async () => {
    for (const tgid of [1, 3]) write(tgid, `prog\0${tgid}\0`);
    block(2);
    commandLines.readAhead([1, 2, 3]);
    expect(takeAll([1, 2, 3])).toEqual([["prog", "1"], undefined, ["prog", "3"]]);
    expect([1, 2, 3].map(commandLines.isBlocked)).toEqual([false, true, false]);
    expect([blocked, commandLines.stuck]).toEqual([[2], 1]);
    release(2, "late\0");
    await until(() => !commandLines.isBlocked(2));
    rmSync(join(root, "2/cmdline"));
    write(2, "late\0");
    expect([commandLines.read(2), commandLines.stuck]).toEqual([["late"], 0]);
  });

  test("is not read by a second thread while the first is stuck", () => {
    block(2);
    expect([commandLines.read(2), commandLines.read(2), commandLines.stuck]).toEqual([undefined, undefined, 1]);
  });

  test("makes no more threads stuck than the limit, after which no command line is read", () => {
    commandLines = open(2);
    for (const tgid of [1, 2, 3]) block(tgid);
    write(4, "prog\0");
    commandLines.readAhead([1, 2, 3, 4]);
    expect(takeAll([1, 2, 3, 4])).toEqual([undefined, undefined, undefined, undefined]);
    expect([commandLines.stuck, commandLines.isBlocked(3), commandLines.isBlocked(4)]).toEqual([2, true, true]);
    fifos = [1, 2];
  });

  test("makes processes that wait for a disk, and no others, be passed over once half of the threads are stuck", async () => {
    commandLines = open(2);
    write(4, "waits, and is readable\0");
    writeState(4, "D");
    expect(takeAll([4])).toEqual([["waits, and is readable"]]);
    block(1);
    write(2, "waits\0");
    writeState(2, "D");
    write(3, "runs\0");
    writeState(3, "S");
    expect(takeAll([1, 2, 3])).toEqual([undefined, undefined, ["runs"]]);
    expect([commandLines.isBlocked(2), blocked]).toEqual([true, [1]]);
    release(1, "x");
    await until(() => commandLines.stuck === 0);
    expect([commandLines.read(2), commandLines.isBlocked(2)]).toEqual([["waits"], false]);
  });

  test("of a process that has exited is forgotten", () => {
    commandLines = open(2);
    block(1);
    write(2, "waits\0");
    writeState(2, "D");
    takeAll([1, 2]);
    commandLines.forget(2);
    expect(commandLines.isBlocked(2)).toBe(false);
  });
});
