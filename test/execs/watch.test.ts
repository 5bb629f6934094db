/** The exec watcher with its built thread, on the real kernel, where the read of a command line blocks. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ExecWatcher, ProcessSnapshot } from "../../src/execs/exec-watcher.ts";
import { createExecWatching, type ExecWatching } from "../../src/execs/watch.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { withTold } from "../support/told.ts";
import { until } from "../support/until.ts";
import { spawnSync } from "../support/processes.ts";

const program = new URL("../../dist/execs/thread.js", import.meta.url);

describeKernel("a watcher whose thread is stuck in a command line", () => {
  /** Stands for /proc: the test writes its files, while the execs come from the kernel. */
  let root: string;
  let watching: ExecWatching;
  let watcher: ExecWatcher;
  let broken: unknown[];
  /** How many gaps were reported. */
  let gaps: number;
  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "execs-"));
    broken = [];
    gaps = 0;
    watching = createExecWatching(root, program);
    const onBroken = (error: unknown): void => void broken.push(error);
    watcher = await watching.watch({ facts: new Set(["argv"]), onSeen: () => undefined, onBroken });
  });
  afterEach(() => {
    watcher.close();
    rmSync(root, { recursive: true });
  });

  const pathOf = (pid: number): string => join(root, String(pid), "cmdline");

  function block(pid: number): void {
    mkdirSync(join(root, String(pid)));
    expect(spawnSync("mkfifo", [pathOf(pid)]).status).toBe(0);
  }

  function release(pid: number): void {
    const fd = openSync(pathOf(pid), "r+");
    writeSync(fd, "late\0");
    closeSync(fd);
  }

  /** Starts a shell that execs `cat` at its first line. @param use gets the id of the shell, and a function that makes it exec */
  const withShell = (use: (pid: number, exec: () => Promise<void>) => Promise<void>): Promise<void> =>
    withTold(["sh", "-c", "read line; exec cat"], ({ pid, say, tell }) =>
      use(pid, async () => {
        say("exec");
        // The program answers, so it has started.
        expect(await tell("cat")).toBe("cat");
      }),
    );

  async function takeOf(pids: readonly number[]): Promise<ReadonlyMap<number, ProcessSnapshot>> {
    await watcher.caughtUp();
    const seen = new Map<number, ProcessSnapshot>();
    watcher.take({
      fork: () => undefined,
      exec(snapshot) {
        if (pids.includes(snapshot.tgid)) seen.set(snapshot.tgid, snapshot);
      },
      revisit: () => undefined,
      gap() {
        gaps++;
      },
    });
    return seen;
  }

  test("goes on with another thread: nothing is lost but what cannot be read", async () => {
    await withShell(async (first, execFirst) => {
      await withShell(async (second, execSecond) => {
        block(first);
        mkdirSync(join(root, String(second)));
        writeFileSync(pathOf(second), "second\0");
        await execFirst();
        await execSecond();
        const seen = await takeOf([first, second]);
        expect([seen.get(first)?.argv, seen.get(second)?.argv]).toEqual([undefined, ["second"]]);
        expect([seen.has(first), watching.isStuck(), broken]).toEqual([true, true, []]);
        // Forks that the first thread received and did not report are unknown.
        expect(gaps).toBe(1);
        release(first);
        await until(() => !watching.isStuck());
        await withShell(async (third, execThird) => {
          mkdirSync(join(root, String(third)));
          writeFileSync(pathOf(third), "third\0");
          await execThird();
          expect((await takeOf([third])).get(third)?.argv).toEqual(["third"]);
        });
      });
    });
    expect([watcher.lost, broken]).toEqual([0, []]);
  });

  test("reads no command lines once eight threads are stuck, and again when one is not", async () => {
    const stuck: number[] = [];
    async function blockMore(left: number): Promise<void> {
      if (left > 0) {
        await withShell(async (pid, exec) => {
          block(pid);
          stuck.push(pid);
          await exec();
          expect((await takeOf([pid])).has(pid)).toBe(true);
          await blockMore(left - 1);
        });
        return;
      }
      await withShell(async (ninth, exec) => {
        mkdirSync(join(root, String(ninth)));
        writeFileSync(pathOf(ninth), "ninth\0");
        await exec();
        expect((await takeOf([ninth])).get(ninth)?.argv).toBeUndefined();
        stuck.forEach(release);
        await until(() => !watching.isStuck());
      });
      await withShell(async (tenth, exec) => {
        mkdirSync(join(root, String(tenth)));
        writeFileSync(pathOf(tenth), "tenth\0");
        await exec();
        expect((await takeOf([tenth])).get(tenth)?.argv).toEqual(["tenth"]);
      });
    }
    await blockMore(8);
    expect(broken).toEqual([]);
  });
});
