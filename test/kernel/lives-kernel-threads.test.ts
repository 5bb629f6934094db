/** Kernel threads, also such as exit: the journal's thread of a file system that is mounted and unmounted. */

import { afterEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listFigures } from "../support/life.ts";
import type { ScrapedPage } from "../support/page.ts";
import { execFileSync } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const run = (command: string, ...args: string[]): string => execFileSync(command, args, { encoding: "utf8" });

/** Mounts a file system with a journal while `use` runs. The journal's thread exits at the unmount. */
async function whileMounted(use: (thread: string) => Promise<void>): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "journal-"));
  const [image, mountPoint] = [join(directory, "image"), mkdtempSync(join(directory, "mount-"))];
  try {
    run("truncate", "--size=16M", image);
    run("mkfs.ext4", "-q", "-F", "-J", "size=4", image);
    run("mount", "-o", "loop", image, mountPoint);
    try {
      const device = run("findmnt", "--noheadings", "--output=SOURCE", mountPoint).trim();
      await use(`jbd2/${device.replace("/dev/", "")}-8`);
    } finally {
      run("umount", mountPoint);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
}

const seriesOf = (page: ScrapedPage, groupname: string): string[] =>
  [...page.series.keys()].filter((series) => series.includes(`groupname="${groupname}"`));

describeKernel(
  "kernel threads",
  () => {
    let program: Program | undefined;
    afterEach(async () => {
      await program?.stop();
      program = undefined;
    });

    test("are not counted while they live nor when they exit, also if no scrape saw them", async () => {
      program = await startProgram();
      let thread = "";
      for (const scraped of [true, false]) {
        await whileMounted(async (name) => {
          thread = name;
          if (scraped) expect(seriesOf((await program?.scrape()) as ScrapedPage, name)).toEqual([]);
        });
        expect(listFigures().filter(({ comm }) => comm === thread)).toEqual([]);
        expect(seriesOf(await program.scrape(), thread)).toEqual([]);
      }
      const page = await program.scrape();
      const groups = new Set([...page.series.keys()].map((series) => /groupname="([^"]*)"/.exec(series)?.[1]));
      const kernelThreads = listFigures().filter((figures) => figures.kernelThread);
      expect(kernelThreads.length).toBeGreaterThan(10);
      expect(kernelThreads.map(({ comm }) => comm).filter((comm) => groups.has(comm))).toEqual([]);
    });

    test("are counted with --kernel-threads, and their exits too", async () => {
      program = await startProgram(["--kernel-threads"]);
      const { scrape } = program;
      let thread = "";
      await whileMounted(async (name) => {
        thread = name;
        const page = await scrape();
        expect(page.sum("taskstats_processes", { groupname: name })).toBe(1);
        expect(page.sum("taskstats_process_starts_total", { groupname: name })).toBe(1);
        expect(page.sum("taskstats_process_exits_total", { groupname: name })).toBe(0);
      });
      const page = await scrape();
      expect(page.sum("taskstats_processes", { groupname: thread })).toBe(0);
      expect(page.sum("taskstats_process_starts_total", { groupname: thread })).toBe(1);
      expect(page.sum("taskstats_process_exits_total", { groupname: thread })).toBe(1);
      expect(page.sum("taskstats_thread_exits_total", { groupname: thread })).toBe(1);
      expect(page.value("taskstats_exporter_processes_vanished_total")).toBe(0);
    });
  },
  { needs: ["mkfs.ext4", "mount", "findmnt"] },
);
