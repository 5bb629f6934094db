import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createBootTime } from "../../src/procfs/boot-time.ts";
import { createProcReader } from "../../src/procfs/read.ts";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";

let kernel: FakeKernel;
let fake: FakeExporter;

beforeEach(async () => {
  kernel = createFakeKernel();
  kernel.fork({ comm: "prog" });
  fake = await startFakeExporter(kernel, { discoveryIntervalMs: 5 });
});
afterEach(() => fake.stop());

test("a refresh reads the boot time again, and keeps the old one where that fails", () => {
  const bootTime = createBootTime(createProcReader(fake.proc.root));
  fake.proc.write("stat", "btime 1234\n");
  expect(bootTime.seconds).toBe(kernel.bootTime);
  bootTime.refresh();
  expect(bootTime.seconds).toBe(1234);
  fake.proc.remove("stat");
  bootTime.refresh();
  expect(bootTime.seconds).toBe(1234);
});

test("start times on the page follow a change of the clock at the next discovery", async () => {
  const start = async (): Promise<number> =>
    (await fake.scrape()).sum("taskstats_oldest_process_start_time_seconds", { groupname: "prog" });
  const before = await start();
  fake.proc.write("stat", `cpu 1 2\nbtime ${kernel.bootTime - 7200}\n`);
  while ((await start()) === before) await new Promise((resolve) => setTimeout(resolve, 1));
  expect((await start()) - before).toBe(-7200);
});
