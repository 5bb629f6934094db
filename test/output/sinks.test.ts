import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createDeviceSink, createDiskSink } from "../../src/output/sinks.ts";
import { spawn, spawnSync } from "../support/processes.ts";

describe("a sink for files and devices", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "taskstats-exporter-log-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  test("writes a text, and reports that it is written", () => {
    const path = join(directory, "log");
    const fd = openSync(path, "a");
    const answers: boolean[] = [];
    createDeviceSink(fd)("é\n", (written) => answers.push(written));
    closeSync(fd);
    expect([readFileSync(path, "utf8"), answers]).toEqual(["é\n", [true]]);
  });

  test("says that a full disk takes nothing, and throws nothing", () => {
    const fd = openSync("/dev/full", "w");
    const answers: boolean[] = [];
    const sink = createDeviceSink(fd);
    for (const text of ["a\n", "b\n"]) sink(text, (written) => answers.push(written));
    closeSync(fd);
    expect(answers).toEqual([false, false]);
  });

  test("reports that a closed descriptor takes nothing", () => {
    const fd = openSync("/dev/null", "w");
    closeSync(fd);
    const answers: boolean[] = [];
    createDeviceSink(fd)("a\n", (written) => answers.push(written));
    expect(answers).toEqual([false]);
  });

  test("does not block where a device takes no more, and writes the rest once it takes more", async () => {
    const path = join(directory, "fifo");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const writer = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const text = "x".repeat(2 ** 17);
    let written: boolean | undefined;
    const done = new Promise<void>((resolve) => {
      createDeviceSink(writer)(text, (value) => {
        written = value;
        resolve();
      });
    });
    expect(written).toBeUndefined();
    const buffer = Buffer.alloc(2 ** 17);
    let read = readSync(reader, buffer);
    // The sink's timer does not keep the event loop alive, so this interval does.
    const alive = setInterval(() => (read += readMore(reader, buffer)), 5);
    await done;
    clearInterval(alive);
    read += readMore(reader, buffer);
    expect([written, read]).toEqual([true, text.length]);
    closeSync(reader);
    closeSync(writer);
  });
});

describe("a sink for files on a disk", () => {
  const write = (sink: ReturnType<typeof createDiskSink>, text: string): Promise<boolean> =>
    new Promise((resolve) => sink(text, resolve));

  test("writes the texts in order, and reports each as written", async () => {
    const path = join(mkdtempSync(join(tmpdir(), "taskstats-exporter-log-")), "log");
    const fd = openSync(path, "a");
    const sink = createDiskSink(fd);
    const written = write(sink, "é\n");
    await expect(written).resolves.toBe(true);
    await expect(write(sink, "b\n")).resolves.toBe(true);
    closeSync(fd);
    expect(readFileSync(path, "utf8")).toBe("é\nb\n");
  });

  test("says that a full disk takes nothing, and throws nothing", async () => {
    const fd = openSync("/dev/full", "w");
    const sink = createDiskSink(fd);
    await expect(write(sink, "a\n")).resolves.toBe(false);
    await expect(write(sink, "b\n")).resolves.toBe(false);
    closeSync(fd);
  });
});

/** Reads what is in the pipe now, without waiting. */
function readMore(fd: number, buffer: Buffer): number {
  try {
    return readSync(fd, buffer);
  } catch {
    return 0;
  }
}

const built = (file: string): string => JSON.stringify(new URL(`../../dist/output/${file}`, import.meta.url).href);

/** A program that writes to standard error through the sink, as the built program does, as soon as its input ends. */
const script = (lines: number): string => `
  import { createLineWriter } from ${built("line-writer.js")};
  import { createStandardError } from ${built("sinks.js")};
  for await (const _ of process.stdin);
  const lines = createLineWriter(createStandardError());
  for (let index = 0; index < ${lines}; index++) lines.write("x".repeat(999) + "\\n");
  await lines.flush(200);
  process.stdout.write("dropped " + lines.dropped);
`;

/** Starts it. @returns how many lines it says it has lost */
async function countLost(lines: number, prepare: (child: ChildProcessWithoutNullStreams) => Promise<unknown>) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script(lines)], { stdio: "pipe" });
  try {
    await prepare(child);
    child.stdin.end();
    const [said] = (await once(child.stdout, "data")) as [Buffer];
    return Number(String(said).split(" ")[1]);
  } finally {
    child.kill("SIGKILL");
  }
}

describe("standard error", () => {
  test("that is a pipe which nobody reads does not block the program, and lines that it does not take are counted", async () => {
    // A stream of Node's that has no listener reads nothing.
    expect(await countLost(2000, () => Promise.resolve())).toBeGreaterThan(1000);
  });

  test("whose reader has gone loses all lines, which are counted", async () => {
    const close = ({ stderr }: ChildProcessWithoutNullStreams) => once(stderr.destroy(), "close");
    expect(await countLost(50, close)).toBe(50);
  });
});
