/** Reading states, descriptors and limits from files, and from the real /proc. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { closeSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createStateReader } from "../../src/procfs/state-reader.ts";

describe("in a tree of files", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "states-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  function write(path: string, text: string): void {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  test("a leader is read from the process's files, and another thread from its own", () => {
    write("7/status", "State:\tS (sleeping)\n");
    write("7/task/8/status", "State:\tR (running)\n");
    const reader = createStateReader(root, false);
    expect([reader.readStatus(7, 7)?.state, reader.readStatus(7, 8)?.state]).toEqual(["S", "R"]);
    expect(reader.readStatus(7, 9)).toBeUndefined();
  });

  test("the last lines of a status are read where many CPUs make it long", () => {
    write(
      "7/status",
      `State:\tS (sleeping)\nMems_allowed:\t${"00000000,".repeat(1000)}\nvoluntary_ctxt_switches:\t5\n`,
    );
    expect(createStateReader(root, false).readStatus(7, 7)?.switches).toBe(5);
  });

  test("descriptors are listed where the kernel does not tell how many there are", () => {
    for (const fd of [0, 1, 2]) write(`7/fd/${fd}`, "");
    for (const fd of [0, 1]) write(`7/task/8/fd/${fd}`, "");
    const reader = createStateReader(root, false);
    expect([reader.countDescriptors(7, 7), reader.countDescriptors(7, 8)]).toEqual([3, 2]);
  });

  test("descriptors of a process that is gone are not known, and others that cannot be listed are denied", () => {
    write("8/fd", "no directory");
    const reader = createStateReader(root, false);
    expect([reader.countDescriptors(7, 7), reader.countDescriptors(8, 8)]).toEqual([undefined, "denied"]);
  });

  test("the limit of a process that is gone is not known", () => {
    expect(createStateReader(root).readDescriptorLimit(7)).toBeUndefined();
  });
});

describe("of this process", () => {
  const reader = createStateReader("/proc");

  test("the descriptors are as many as are listed, and one more for each that is opened", () => {
    const count = (): number => reader.countDescriptors(process.pid, process.pid) as number;
    const before = count();
    const fds = Array.from({ length: 50 }, () => openSync("/dev/null", "r"));
    // The listing has one descriptor for itself.
    const listed = readdirSync("/proc/self/fd").length - 1;
    const opened = count();
    fds.forEach(closeSync);
    expect(opened).toBe(listed);
    expect(opened - before).toBe(50);
  });

  test("there are memory, a state and a limit", () => {
    const status = reader.readStatus(process.pid, process.pid);
    expect(status?.state).toBe("R");
    expect(status?.memoryKb.get("VmRSS")).toBeGreaterThan(10_000);
    expect(reader.readDescriptorLimit(process.pid)).toBeGreaterThan(0);
  });
});
