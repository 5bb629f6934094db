/** Processes that /proc hides from the exporter. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { checkHidepid, countHidden } from "../../../src/collect/groups/hidden-processes.ts";
import { createAsk } from "../../../src/collect/polls/ask.ts";
import { createCounters } from "../../../src/collect/counters.ts";
import { fieldKeys } from "../../../src/fields/fields.ts";
import { createProcReader } from "../../../src/procfs/read.ts";
import { createQueryClient } from "../../../src/taskstats/client.ts";
import { createRecordReader } from "../../../src/taskstats/record.ts";
import { createFakeExporter } from "../../support/fake-exporter.ts";
import { createFakeKernel, type FakeKernelOptions } from "../../support/fake-kernel.ts";
import { createFakeProc, type FakeProc } from "../../support/fake-proc.ts";

const mount = (point: string, options: string): string =>
  `25 30 0:22 / ${point} rw,nosuid,nodev,noexec,relatime shared:12 - proc proc rw${options}\n`;

describe("an exporter from which processes are hidden", () => {
  let proc: FakeProc | undefined;
  afterEach(() => {
    proc?.dispose();
    proc = undefined;
  });

  function start(options: FakeKernelOptions = {}) {
    const kernel = createFakeKernel(options);
    proc = createFakeProc(kernel);
    proc.write("sys/kernel/pid_max", "4096\n");
    const reader = createProcReader(proc.root);
    const socket = kernel.open({ receiveBufferBytes: 2 ** 20, slots: 64 });
    const record = createRecordReader(fieldKeys);
    const client = createQueryClient({
      socket,
      familyId: kernel.familyId,
      reader: record,
      onMalformed: () => undefined,
    });
    const ask = createAsk(client, createCounters());
    return {
      kernel,
      files: proc,
      reader,
      ask,
      count: () => countHidden({ proc: reader, ask, yieldToEventLoop: () => Promise.resolve() }),
    };
  }

  test("names the mount option and the missing capability where init cannot be seen", () => {
    const { files, reader } = start();
    files.write("self/mountinfo", mount(files.root, ",hidepid=invisible"));
    expect(checkHidepid(reader)?.message).toMatch(/PROC_HIDDEN at .*hidepid=invisible; .*CAP_SYS_PTRACE/);
  });

  test("reports nothing where init can be seen, as by a member of the group that gid= names", () => {
    const { files, reader } = start();
    files.write("self/mountinfo", mount(files.root, ",hidepid=invisible"));
    files.write("1/stat", `1 (init) S 0 1 1 0 -1 4194560${" 0".repeat(43)}\n`);
    expect(checkHidepid(reader)).toBeUndefined();
  });

  test("counts the hidden processes, without threads and kernel threads", async () => {
    const { kernel, files, count } = start();
    const shown = kernel.fork({ comm: "shown" });
    const hidden = [kernel.fork({ comm: "hidden" }), kernel.fork({ comm: "hidden" })];
    for (const { tgid } of hidden) {
      kernel.startThread(tgid);
      files.remove(String(tgid));
    }
    expect(kernel.processes.has(shown.tgid)).toBe(true);
    expect(await count()).toBe(2);
  });

  test("logs the reason at its start, and shows it and the count on its pages", async () => {
    const kernel = createFakeKernel();
    kernel.advance(1_000_000);
    const fake = createFakeExporter(kernel);
    try {
      fake.proc.write("sys/kernel/pid_max", "4096\n");
      fake.proc.write("self/mountinfo", mount(fake.proc.root, ",hidepid=invisible"));
      fake.proc.remove(String(kernel.fork({ comm: "hidden" }).tgid));
      await fake.exporter.start();
      expect(fake.log.join("\n")).toMatch(/seen only when they end.*PROC_HIDDEN/);
      expect(fake.exporter.status()?.hiddenReason).toContain("hidepid=invisible");
      const page = await fake.scrape();
      expect(page.value("taskstats_exporter_unreadable_processes", { reason: "hidepid" })).toBe(1);
    } finally {
      fake.stop();
    }
  });

  test("has no count where records name no process", async () => {
    const { kernel, files, count } = start({ structVersion: 10 });
    files.remove(String(kernel.fork({ comm: "hidden" }).tgid));
    expect(await count()).toBeUndefined();
  });
});
