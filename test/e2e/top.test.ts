/** `top` of the built program, on real terminals of several sizes and in pipes, alone and with a running exporter. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { fileURLToPath } from "node:url";
import { parseView } from "../../src/commands/top/parse-view.ts";
import { busyOf, type LiveView } from "../../src/live/view.ts";
import { enterScreen, leaveScreen } from "../../src/terminal/screen.ts";
import { widthOf } from "../../src/terminal/width.ts";
import { startNice, stopAll } from "../support/nice.ts";
import { spawn } from "../support/processes.ts";
import { outcomeOf, runProgram, startProgram, type Program } from "../support/program.ts";
import { startOnPty, type Pty } from "../support/pty.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { runChildren } from "../support/workload-runs.ts";
import { buildWorkload } from "../support/workloads.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

const startTop = (flags: readonly string[], columns = 80, rows = 24): Pty =>
  startOnPty([process.execPath, main, "top", ...flags], { columns, rows });

const own = ["--delay=500ms", "--sort=exits"];
const ended = { status: 0, restored: true };

/** Reads the only line of an output. */
function readOne(stdout: string): LiveView {
  const lines = stdout.trimEnd().split("\n");
  expect(lines).toHaveLength(1);
  const view = parseView(lines[0] ?? "");
  if ("mistake" in view) throw new Error(view.mistake);
  return view;
}

describeKernel(
  "top",
  () => {
    let program: Program | undefined;
    afterEach(async () => {
      await program?.stop();
      program = undefined;
    });

    describe("on a terminal", () => {
      test.each([
        [40, 12],
        [80, 24],
        [200, 50],
      ])("of %d columns and %d rows shows a group whose processes lived for milliseconds", async (columns, rows) => {
        const name = `brief${columns}`;
        const top = startTop(own, columns, rows);
        await top.until(/GROUP/);
        // Each sample shows what exited since the one before.
        const shown = new AbortController();
        const exits = (async () => {
          while (!shown.signal.aborted) await runChildren(20, ["--comm", name, "--no-exec"]);
        })();
        await top.until(new RegExp(`^${name} `, "m"));
        shown.abort();
        await exits;
        const lines = top.screen();
        expect(lines.length).toBeLessThanOrEqual(rows);
        for (const line of lines) expect([line, widthOf(line) <= columns]).toEqual([line, true]);
        top.type("q");
        expect(await top.ended()).toEqual(ended);
        expect([top.output().startsWith(enterScreen), top.output().endsWith(leaveScreen)]).toEqual([true, true]);
      });

      test("follows its size while it runs", async () => {
        const top = startTop(own);
        await top.until(/^GROUP +PROCS /m);
        top.resize(40, 12);
        await top.until(/^GROUP +RUN +WAIT +EXITS\/s$/m);
        expect(top.screen().length).toBeLessThanOrEqual(12);
        top.resize(200, 50);
        await top.until(/MAIN WAIT/);
        top.type("q");
        expect(await top.ended()).toEqual(ended);
      });

      test.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)("gives it back as it was at %s", async (signal) => {
        const top = startTop(own);
        await top.until(/GROUP/);
        process.kill(top.pid(), signal);
        expect(await top.ended()).toEqual(ended);
        expect(top.output().endsWith(leaveScreen)).toBe(true);
      });

      test("ends with Ctrl-C, and comes back after Ctrl-Z where no shell can stop it", async () => {
        const top = startTop(own);
        await top.until(/GROUP/);
        top.type("\\x1a");
        await top.untilWritten(enterScreen, 2);
        expect(top.output()).toContain(leaveScreen + enterScreen);
        top.type("\\x03");
        expect(await top.ended()).toEqual(ended);
      });

      test("gives it back, and says why, when the exporter that it shows is killed", async () => {
        program = await startProgram();
        const top = startTop([`--exporter=${new URL("/", program.url).href}`]);
        await top.until(/^Exporter: http:[^]*GROUP/m);
        process.kill(program.pid, "SIGKILL");
        await top.until(/^Bad: The exporter EXPORTER_UNREACHABLE/m);
        expect(await top.ended()).toEqual({ status: 1, restored: true });
        expect(top.output().split(leaveScreen).at(-1)).toMatch(/EXPORTER_UNREACHABLE at http.*ECONNREFUSED/);
      });

      test("that can do nothing, TERM=dumb, is sent tables", async () => {
        const top = startOnPty([process.execPath, main, "top", "--delay=500ms", "--once"], {
          ...{ columns: 80, rows: 24, env: { TERM: "dumb" } },
        });
        expect(await top.ended()).toEqual(ended);
        expect(top.output()).toMatch(/^GROUP +PROCS /m);
        expect(top.output()).not.toContain("\u001b");
      });
    });

    test("prints one view as JSON, and exits", async () => {
      const { status, stdout } = await runProgram(["top", "--once", "--json", "--delay=500ms"]);
      expect(status).toBe(0);
      const { groups, span } = readOne(stdout);
      expect([groups.length > 0, (span ?? 0) >= 0.5]).toEqual([true, true]);
    });

    test("shows of a busy group what a running exporter shows", async () => {
      const name = "top-busy";
      const busy = await startNice(0, [buildWorkload("busy"), "2", "--comm", name]);
      try {
        program = await startProgram();
        const flags = ["top", "--once", "--json"];
        const outcomes = await Promise.all([
          runProgram([...flags, `--exporter=${new URL("/", program.url).href}`]),
          runProgram([...flags, "--delay=5s"]),
        ]);
        for (const { stdout } of outcomes) {
          const group = readOne(stdout).groups.find(({ labels }) => labels["groupname"] === name);
          expect(group?.processes).toBe(2);
          // Two processes that never sleep run, or wait for a CPU, all the time.
          expect(group === undefined ? 0 : busyOf(group)).toBeGreaterThan(1.5);
          expect(group === undefined ? 0 : busyOf(group)).toBeLessThan(2.5);
        }
      } finally {
        await stopAll([busy]);
      }
    });

    test("ends without a word when nobody reads any more", async () => {
      const command = `"$0" "$1" top --json --delay=500ms | head -n 1; echo "\${PIPESTATUS[0]}"`;
      const { stdout, stderr } = await outcomeOf(spawn("bash", ["-c", command, process.execPath, main]));
      const [view = "", status] = stdout.trimEnd().split("\n");
      expect([status, stderr]).toEqual(["0", ""]);
      readOne(view);
    });

    test("says that the exporter that is named does not answer, and what to do", async () => {
      const { status, stderr } = await runProgram(["top", "--exporter=http://127.0.0.1:9/"]);
      expect([status, stderr]).toEqual([
        1,
        expect.stringMatching(/EXPORTER_UNREACHABLE at http:\/\/127.0.0.1:9\/live.json: /),
      ]);
    });
  },
  { needs: ["cc", "bash"] },
);
