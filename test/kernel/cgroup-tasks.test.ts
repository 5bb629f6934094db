/** The threads of a control group by state, on the real kernel, through the built program. */

import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmdirSync } from "node:fs";
import { release } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { queryCgroup } from "../../src/commands/query-cgroup.ts";
import { resolveFamily } from "../../src/netlink/family.ts";
import { openSocket } from "../../src/netlink/libc.ts";
import { createCgroupClient } from "../../src/taskstats/cgroup-client.ts";
import { findCgroupObstacle, mountCgroups } from "../support/cgroup-v1.ts";
import type { ScrapedPage } from "../support/page.ts";
import { spawn } from "../support/processes.ts";
import { installForAll } from "../support/install.ts";
import { runProgram, startProgram, type Program, type StartOptions } from "../support/program.ts";
import { describeKernel, findMissing, testUnless } from "../support/real-kernel.ts";
import { createSlowDisk, findDiskObstacle, type SlowDisk } from "../support/slow-disk.ts";

const metric = "taskstats_cgroup_tasks";
const states = ["sleeping", "running", "stopped", "uninterruptible", "io_wait"] as const;
const obstacle = findCgroupObstacle("blkio") ?? findDiskObstacle();

type Child = ReturnType<typeof spawn>;

/** The state letter of a process; a program that its shell has not yet started is none that is waited for. */
const isProgram = (pid: number | undefined, name: string, letter: string): boolean => {
  const [, comm = "", state] = /\((.*)\) (.)/.exec(readFileSync(`/proc/${pid}/stat`, "latin1")) ?? [];
  return comm === name && state === letter;
};

/** Waits for what the kernel does, at the most until the test's time limit. */
async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(10);
}

describeKernel(
  "the threads of a control group",
  () => {
    let cgroups: ReturnType<typeof mountCgroups>;
    let directory: string;
    let disk: SlowDisk;
    const children: Child[] = [];

    beforeAll(() => {
      cgroups = mountCgroups({ controller: "blkio" });
      directory = join(cgroups.path, `tasks-${process.pid}`);
      mkdirSync(directory);
      disk = createSlowDisk(directory);
    });

    async function removeGroup(path: string): Promise<void> {
      await untilTrue(() => {
        try {
          rmdirSync(path);
        } catch {
          // A control group is busy for a moment after its last task has exited.
        }
        return !existsSync(path);
      });
    }

    /** Kills all children, and waits for those that have not exited. */
    async function endChildren(): Promise<void> {
      const alive = children.splice(0).filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
      const closed = alive.map((child) => once(child, "close"));
      for (const child of alive) child.kill("SIGKILL");
      await Promise.all(closed);
    }

    afterEach(async () => {
      disk.release();
      await endChildren();
    });

    afterAll(async () => {
      await removeGroup(directory);
      disk.remove();
      cgroups.unmount();
    });

    /** Starts a program in the control group and waits until it is in this state of /proc. */
    async function start(letter: string, command: string, ...args: readonly string[]): Promise<Child> {
      const script = 'echo 0 > "$0/cgroup.procs" && exec "$@"';
      const child = spawn("sh", ["-c", script, directory, command, ...args], { stdio: ["pipe", "ignore", "inherit"] });
      children.push(child);
      await untilTrue(() => isProgram(child.pid, command, letter));
      return child;
    }

    async function query(): Promise<readonly number[]> {
      const { status, stdout, stderr } = await runProgram(["query", `--cgroup=${directory}`, "--json"]);
      expect([status, stderr]).toEqual([0, ""]);
      const { cgroup, fields } = JSON.parse(stdout) as { cgroup: string; fields: Record<string, { value: number }> };
      expect(cgroup).toBe(directory);
      return states.map((state) => fields[state]?.value ?? NaN);
    }

    /** As `query`, without a program of its own, which takes seconds beside processes that spin. */
    async function ask(): Promise<readonly number[]> {
      const netlink = { resolveFamily: () => resolveFamily("TASKSTATS"), open: openSocket };
      return (await queryCgroup(netlink, directory)).fields.map(({ value }) => value);
    }

    const shown = (page: ScrapedPage, cgroup = directory): readonly (number | undefined)[] =>
      states.map((state) => page.value(metric, { cgroup, state }));

    /** Reads from the beginning: the kernel holds back a process that seeks on the disk while another one reads. */
    const read = (...flags: readonly string[]): Promise<Child> =>
      start("D", "dd", `if=${disk.device}`, "of=/dev/null", "bs=4096", "count=1", "status=none", ...flags);

    /** Waits for a pipe: Node's own pipes are Unix sockets, whose waits are in no state since Linux 6.1. */
    const sleep = (): Promise<Child> => start("S", "perl", "-e", "pipe R, W; <R>");

    describe("that sleep, run, are stopped, and wait for I/O in two ways", () => {
      test("are counted by query and on the page, and no longer when they have ended", async () => {
        expect(await query()).toEqual([0, 0, 0, 0, 0]);
        for (let count = 0; count < 3; count++) await sleep();
        for (let count = 0; count < 2; count++) await start("R", "perl", "-e", "1 while 1");
        for (let count = 0; count < 4; count++) {
          const { pid } = await sleep();
          process.kill(pid ?? NaN, "SIGSTOP");
          await untilTrue(() => isProgram(pid, "perl", "T"));
        }
        await read("iflag=direct");
        // A process may be in state D for a moment before it waits for the disk.
        await untilTrue(async () => String(await ask()) === "3,2,4,1,0");
        await read();
        await untilTrue(async () => String(await ask()) === "3,2,4,1,1");
        const program = await startProgram([`--collector.cgroupstats=${directory}`]);
        expect(shown(await program.scrape())).toEqual([3, 2, 4, 1, 1]);
        disk.release();
        await endChildren();
        expect(await query()).toEqual([0, 0, 0, 0, 0]);
        expect(shown(await program.scrape())).toEqual([0, 0, 0, 0, 0]);
        expect(await program.stop()).toBe(0);
      });

      const [major = 0, minor = 0] = release().split(".").map(Number);
      const freezable = major > 6 || (major === 6 && minor >= 1);
      testUnless(freezable ? undefined : "before Linux 6.1 they are sleeping")(
        "are in no state while they wait in nanosleep or for a Unix socket",
        async () => {
          await start("S", "sleep", "600");
          await start("S", "cat");
          expect(await query()).toEqual([0, 0, 0, 0, 0]);
          await sleep();
          expect(await query()).toEqual([1, 0, 0, 0, 0]);
        },
      );
    });

    describe("in a directory that goes and comes back", () => {
      test("have no series while it is gone; the rest of the page is whole, and the log says it once", async () => {
        const gone = `${directory}-gone`;
        mkdirSync(gone);
        const flags = [gone, directory].map((path) => `--collector.cgroupstats=${path}`);
        const program: Program = await startProgram(flags);
        expect(shown(await program.scrape(), gone)).toEqual([0, 0, 0, 0, 0]);
        await removeGroup(gone);
        await program.scrape();
        const page = await program.scrape();
        expect(shown(page, gone)).toEqual(states.map(() => undefined));
        expect(shown(page)).toEqual([0, 0, 0, 0, 0]);
        expect(page.sum("taskstats_processes")).toBeGreaterThan(0);
        expect(page.value("taskstats_exporter_scrape_errors_total", { code: "CGROUP_MISSING" })).toBe(2);
        mkdirSync(gone);
        expect(shown(await program.scrape(), gone)).toEqual([0, 0, 0, 0, 0]);
        await removeGroup(gone);
        expect(await program.stop()).toBe(0);
        expect(program.log().match(/CGROUP_MISSING/g)).toHaveLength(1);
        expect(program.log()).toContain('msg="a control group has series again"');
      });
    });

    describe("cannot be asked for, and the message says why,", () => {
      const failureOf = async (path: string, options: StartOptions = {}): Promise<string> => {
        const { status, stderr } = await runProgram(["query", `--cgroup=${path}`], options);
        expect(status).toBe(1);
        return stderr;
      };

      test("in a directory of cgroup v2", async () => {
        const v2 = mountCgroups("v2");
        try {
          expect(await failureOf(v2.path)).toMatch(/CGROUP_V2 .* got one of cgroup v2; name a directory of .* v1/);
        } finally {
          v2.unmount();
        }
      });

      test("in a file, in no control group, and in nothing", async () => {
        expect(await failureOf(join(directory, "tasks"))).toMatch(/CGROUP_UNFIT .* got a file; name the directory/);
        expect(await failureOf("/proc")).toMatch(/CGROUP_UNFIT .* got another directory; name a directory below/);
        expect(await failureOf(join(directory, "none"))).toMatch(/CGROUP_MISSING .* got no such directory; name one/);
      });

      testUnless(findMissing(["setpriv"]))("in a directory that the user may not read", async () => {
        const through = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        const asUser = { through, installed: installForAll() };
        const closed = `${directory}-closed`;
        mkdirSync(closed);
        chmodSync(closed, 0o700);
        try {
          expect(await failureOf(closed, asUser)).toMatch(/CGROUP_UNREADABLE .* got no permission; let the exporter's/);
        } finally {
          await removeGroup(closed);
        }
        // Whoever may read the directory needs no capability.
        for (const path of [cgroups.path, directory]) chmodSync(path, 0o755);
        const open = await runProgram(["query", `--cgroup=${directory}`], asUser);
        expect([open.status, open.stderr]).toEqual([0, ""]);
      });

      test("under a descriptor that is not open: no answer, or EBADF", async () => {
        const familyId = await resolveFamily("TASKSTATS");
        const socket = openSocket({ receiveBufferBytes: 2 ** 16, slots: 2 });
        const client = createCgroupClient({ socket, familyId, onMalformed: () => undefined });
        const reply = client.query(1_000_000);
        client.close();
        expect([undefined, 9]).toContain(reply?.errno);
        expect(reply?.tasks).toBeUndefined();
      });
    });
  },
  { needs: ["perl", "mount"], obstacle },
);
