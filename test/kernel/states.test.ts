/** What live processes are and have now, on the real kernel: beside what /proc and the process itself say. */

import { afterEach, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { useConfigFile } from "../support/config-file.ts";
import { findFreezeObstacle, withFreezable } from "../support/frozen.ts";
import { endLives, own, startLife } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel, describeUnless } from "../support/real-kernel.ts";
import { withTold } from "../support/told.ts";
import { buildWorkload } from "../support/workloads.ts";

const stateNames = ["running", "sleeping", "uninterruptible", "stopped", "zombie", "idle"];

function statesOf(page: ScrapedPage, groupname: string): Record<string, number> {
  const all = stateNames.map((state) => [state, page.value("taskstats_thread_states", { groupname, state })] as const);
  return Object.fromEntries(all.filter(([, count]) => count !== 0)) as Record<string, number>;
}

const stateOf = (pid: number): string => readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.[0] ?? "";

async function untilTrue(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 3000; tries++) {
    if (await condition()) return;
    await delay(10);
  }
  throw new Error(`never true: ${condition.toString()}`);
}

let program: Program | undefined;
afterEach(async () => {
  await endLives();
  await program?.stop();
  program = undefined;
});

describeKernel("the states of threads", () => {
  test("are those of every thread of every process of a group", async () => {
    program = await startProgram();
    const name = own("crew");
    const life = await startLife(name);
    await life.tell("threads 4 1");
    const other = await startLife(name);
    await other.tell("threads 1 1");
    expect(statesOf(await program.scrape(), name)).toEqual({ sleeping: 7 });
    process.kill(life.pid, "SIGSTOP");
    await untilTrue(() => stateOf(life.pid) === "T");
    await untilTrue(async () => statesOf((await program?.scrape()) as ScrapedPage, name)["stopped"] === 5);
    expect(statesOf(await program.scrape(), name)).toEqual({ sleeping: 2, stopped: 5 });
    process.kill(life.pid, "SIGCONT");
    await untilTrue(async () => statesOf((await program?.scrape()) as ScrapedPage, name)["sleeping"] === 7);
  });

  test("show a thread that computes as running", async () => {
    program = await startProgram();
    const name = own("hot");
    const life = await startLife(name);
    const burnt = life.tell("burn 2000");
    await untilTrue(async () => statesOf((await program?.scrape()) as ScrapedPage, name)["running"] === 1);
    await burnt;
    expect(statesOf(await program.scrape(), name)).toEqual({ sleeping: 1 });
  });

  test("have a process that exited as a zombie of its group until it is waited for", async () => {
    program = await startProgram(["--discovery.interval=200ms"]);
    const name = own("late");
    const life = await startLife(name, { late: true });
    await program.scrape();
    await life.die("exit 3");
    await untilTrue(async () => statesOf((await program?.scrape()) as ScrapedPage, name)["zombie"] === 1);
    const page = await program.scrape();
    expect(page.value("taskstats_processes", { groupname: name })).toBe(0);
    expect(page.value("taskstats_process_exits_total", { groupname: name, reason: "exited", code: "3" })).toBe(1);
    await life.reap();
    expect(statesOf(await program.scrape(), name)).toEqual({});
  });

  test("have a zombie that is older than the exporter", async () => {
    const name = own("older");
    const life = await startLife(name, { late: true });
    await life.die("exit 0");
    program = await startProgram();
    expect(statesOf(await program.scrape(), name)).toEqual({ zombie: 1 });
    await life.reap();
  });
});

describeKernel("memory and descriptors", () => {
  test("are those that /proc shows, and follow the process", async () => {
    program = await startProgram();
    const name = own("hoard");
    const life = await startLife(name);
    const kb = (line: string): number =>
      Number(new RegExp(`^${line}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${life.pid}/status`, "utf8"))?.[1]);
    const sizes: number[] = [];
    for (const threads of [1, 8]) {
      await life.tell(`threads ${threads} 100`);
      const page = await program.scrape();
      const memory = (kind: string): number =>
        page.value("taskstats_memory_bytes", { groupname: name, kind }) as number;
      expect([memory("resident"), memory("virtual"), memory("swap")]).toEqual(
        ["VmRSS", "VmSize", "VmSwap"].map((line) => kb(line) * 1024),
      );
      sizes.push(memory("virtual"));
    }
    expect(sizes[1]).toBeGreaterThan(sizes[0] as number);
    const fds = readdirSync(`/proc/${life.pid}/fd`).length;
    const page = await program.scrape();
    expect(page.value("taskstats_open_fds", { groupname: name })).toBe(fds);
  });

  test("the ratio is that of the process closest to its soft limit", async () => {
    program = await startProgram();
    const name = own("few");
    const script = `exec -a ${name} sleep 600 9</dev/null 8</dev/null`;
    const command = (limit: number): string => `ulimit -Sn ${limit}; ${script}`;
    const children = [20, 200].map((limit) => spawn("bash", ["-c", command(limit)], { stdio: "ignore" }));
    try {
      const sleeps = children.map(({ pid = 0 }) => pid);
      await untilTrue(() => sleeps.every((pid) => readFileSync(`/proc/${pid}/comm`, "utf8") === "sleep\n"));
      const page = await program.scrape();
      const counts = sleeps.map((pid) => readdirSync(`/proc/${pid}/fd`).length);
      expect(page.value("taskstats_worst_fd_ratio", { groupname: "sleep" })).toBeGreaterThanOrEqual(
        (counts[0] as number) / 20,
      );
      expect(page.value("taskstats_open_fds", { groupname: "sleep" })).toBeGreaterThanOrEqual(
        (counts[0] as number) + (counts[1] as number),
      );
    } finally {
      for (const child of children) child.kill("SIGKILL");
    }
  });

  test("are absent where their flags say so", async () => {
    program = await startProgram(["--no-collector.states", "--no-collector.memory", "--no-collector.fds"]);
    const page = await (await program.get("/metrics")).text();
    for (const name of ["thread_states", "uninterruptible_seconds", "memory_bytes", "open_fds", "worst_fd_ratio"]) {
      expect(page).not.toContain(`taskstats_${name}`);
    }
    expect(page).not.toContain("taskstats_exporter_oldest_reading_seconds");
  });
});

describeUnless(findFreezeObstacle(), "a process that hangs on a file system", () => {
  const file = useConfigFile();

  test("is in state D within two scrapes, its wait grows, and both are over when the file system is back", async () => {
    const name = own("hung");
    program = await startProgram([file.write({ process_names: [{ name, cmdline: [`^${name} `] }] })]);
    const { scrape } = program;
    const waited = (page: ScrapedPage): number =>
      page.value("taskstats_uninterruptible_seconds", { groupname: name }) as number;
    await withFreezable(async (freezable) => {
      await withTold(
        [buildWorkload("stuck"), freezable.file],
        async (stuck) => {
          expect(await stuck.hear()).toBe("mapped");
          const before = await scrape();
          expect([statesOf(before, name), waited(before)]).toEqual([{ sleeping: 1 }, 0]);
          freezable.freeze();
          try {
            stuck.say("go");
            await untilTrue(() => stateOf(stuck.pid) === "D");
            const first = await scrape();
            // The thread that waits for the file system, and the one that waits for this thread.
            expect(statesOf(first, name)).toEqual({ uninterruptible: 2 });
            await delay(50);
            const second = await scrape();
            const longer = waited(second);
            expect(longer).toBeGreaterThanOrEqual(0.05);
            await delay(50);
            expect(waited(await scrape())).toBeGreaterThanOrEqual(longer + 0.05);
          } finally {
            freezable.thaw();
          }
          expect(await stuck.hear()).toBe("unmapped");
          const after = await scrape();
          expect([statesOf(after, name)["uninterruptible"], waited(after)]).toEqual([undefined, 0]);
        },
        name,
      );
    });
  });
});
