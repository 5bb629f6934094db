/** If the log or the output of the built program cannot be written, it continues, counts lost lines, and ends with the right status. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { closeSync, constants, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { startOnSockets, type SocketProgram } from "../support/socket-program.ts";
import { spawnSync } from "../support/processes.ts";

const droppedLines = "taskstats_exporter_log_lines_dropped_total";

/** Writes until the pipe is full. */
function fill(fd: number): void {
  for (const bytes of [4096, 1]) {
    try {
      for (;;) writeSync(fd, Buffer.alloc(bytes));
    } catch {
      // EAGAIN: it is full.
    }
  }
}

describeKernel("the log of the built program", () => {
  let directory: string;
  let program: SocketProgram | undefined;
  let open: number[] = [];
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "taskstats-exporter-e2e-"));
  });
  afterEach(async () => {
    open.forEach((fd) => closeSync(fd));
    open = [];
    await program?.stop();
    program = undefined;
    rmSync(directory, { recursive: true });
  });

  const keep = (fd: number): number => {
    open.push(fd);
    return fd;
  };

  /** The two ends of a pipe. Neither blocks. */
  function openPipe(): { readonly reader: number; readonly writer: number } {
    const path = join(directory, "pipe");
    expect(spawnSync("mkfifo", [path]).status).toBe(0);
    const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader, writer: keep(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK)) };
  }

  const places = {
    "a full disk": () => keep(openSync("/dev/full", "w")),
    "a pipe whose reader is gone": () => {
      const { reader, writer } = openPipe();
      closeSync(reader);
      return writer;
    },
  };
  const formats = ["json", "logfmt"];

  test.each(formats.flatMap((format) => Object.entries(places).map((place) => [format, ...place] as const)))(
    "in %s on %s does not stop the program, and each lost line is counted",
    async (format, _name, place) => {
      program = await startOnSockets([`--log.format=${format}`], { stderr: place() });
      const before = await program.scrapeUntil((page) => (page.value(droppedLines) ?? 0) > 0);
      process.kill(program.pid, "SIGHUP");
      const reloaded = (before.value(droppedLines) ?? 0) + 1;
      await program.scrapeUntil((page) => (page.value(droppedLines) ?? 0) >= reloaded);
      expect(await program.stop()).toBe(0);
    },
  );

  test.each(formats)("in %s on a full pipe without a reader delays neither pages nor the end", async (format) => {
    const { reader, writer } = openPipe();
    keep(reader);
    fill(writer);
    program = await startOnSockets([`--log.format=${format}`], { stderr: writer });
    for (let times = 0; times < 20; times++) {
      process.kill(program.pid, "SIGHUP");
      expect((await program.scrape()).sum("taskstats_processes")).toBeGreaterThan(0);
    }
    expect((await program.get("/-/healthy")).status).toBe(200);
    expect(await program.stop()).toBe(0);
  });

  test("that is closed does not stop the program", async () => {
    const { status, stdout } = await runProgram(["once", "--delay=0"], { through: ["sh", "-c", '"$@" 2>&-', "sh"] });
    expect([status, stdout]).toEqual([0, expect.stringContaining(`${droppedLines} 0`)]);
  });

  test("loses no line if it is read", async () => {
    program = await startOnSockets();
    expect((await program.scrape()).value(droppedLines)).toBe(0);
    expect(program.log()).toContain("following processes");
  });
});

describeKernel("a command's output", () => {
  test.each([
    ["explain"],
    ["once", "--delay=0", "--log.level=error"],
    ["query", `--tgid=${process.pid}`],
    ["check-config", "deploy/examples/database.yaml"],
    ["--help"],
    ["--version"],
  ])("of %s ends without an error if its reader has left", async (...args) => {
    // The pipe's reader is gone before the program starts.
    const script = 'set -o pipefail; (read -r _; exec "$@") < <(sleep 0.2; echo) | true';
    const { status, stderr } = await runProgram(args, { through: ["bash", "-c", script, "bash"] });
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("that does not fit on the disk is the error OUTPUT_FAILED", async () => {
    const { status, stderr } = await runProgram(["explain"], { through: ["sh", "-c", '"$@" > /dev/full', "sh"] });
    expect([status, stderr]).toEqual([1, expect.stringMatching(/^\S+: OUTPUT_FAILED at standard output.*ENOSPC.*\n$/)]);
  });

  test("contains the reason of a failed start, also for a slow reader", async () => {
    const script = '"$@" 2>&1 | (read -r line; sleep 0.3; echo "$line"; cat)';
    const { stdout } = await runProgram(["--web.listen-address=127.0.0.1:0", "--config.file=/nonexistent/a.yaml"], {
      through: ["bash", "-c", script, "bash"],
    });
    expect(stdout).toMatch(/^taskstats-exporter: CONFIG at \/nonexistent\/a.yaml/m);
  });
});
