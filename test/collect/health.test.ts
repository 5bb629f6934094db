/** Refusals that cannot be provoked on a real kernel. test/e2e/diagnosis.test.ts provokes the others. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { createFakeKernel, type Faults } from "../support/fake-kernel.ts";
import { createFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";

let fake: FakeExporter | undefined;
afterEach(() => fake?.stop());

/** Starts an exporter on a kernel with these faults. @returns the error's text, or what was logged */
async function start(faults: Partial<Faults>, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  Object.assign(kernel.faults, faults);
  const started = createFakeExporter(kernel);
  fake = started;
  for (const [path, text] of Object.entries(files)) started.proc.write(path, text);
  return started.exporter.start().then(
    () => started.log.join("\n"),
    (error: unknown) => String(error),
  );
}

describe("the start", () => {
  test("fails where the kernel has no family TASKSTATS", async () => {
    expect(await start({ familyMissing: true })).toMatch(/FAMILY_MISSING.*CONFIG_TASKSTATS=y/);
  });

  test.each([
    ["CAPABILITY_MISSING", { "self/status": "CapEff:\t0000000000000000\n" }],
    ["CAPABILITY_MISSING", { "self/status": "nonsense" }],
    ["USER_NAMESPACE", { "self/status": "CapEff:\t000001ffffffffff\n" }],
    ["USER_NAMESPACE", { "self/status": "CapEff:\tzz\n", "self/uid_map": "0 1000 1\n" }],
  ])("fails with %s where queries are refused and /proc/self has %p", async (code, files) => {
    expect(await start({ refuseQueries: 1 }, files as unknown as Record<string, string>)).toContain(code);
  });

  test("fails with the errno of any other refusal", async () => {
    expect(await start({ refuseQueries: 16 })).toMatch(/QUERY_REFUSED.*got EBUSY/);
  });

  test("goes on with polled figures where the registration is refused, and logs the errno", async () => {
    expect(await start({ refuseRegister: 7 })).toMatch(/no exit events.*REGISTER_REFUSED.*got E2BIG/);
    expect((await fake?.scrape())?.value("taskstats_exporter_exit_listener_up")).toBe(0);
  });

  test.each([
    [{ refuseRegister: 7 }, /REGISTER_REFUSED.*got E2BIG/],
    [{ refuseRegister: 22 }, /PID_NAMESPACE/],
    [{ silent: true }, /NETWORK_NAMESPACE/],
  ])("fails with %j where exit events are required", async (faults, message) => {
    const kernel = createFakeKernel();
    Object.assign(kernel.faults, faults);
    fake = createFakeExporter(kernel, { exitsRequired: true });
    await expect(fake.exporter.start()).rejects.toThrow(message);
    expect(fake.log.join("\n")).not.toContain("polled");
  });

  test("logs NETWORK_NAMESPACE where the registration is accepted and no event comes", async () => {
    expect(await start({ silent: true })).toMatch(/no exit events.*NETWORK_NAMESPACE/);
  });
});

describe("malformed messages of the kernel", () => {
  test("are counted by code, and later exit events are billed", async () => {
    await start({});
    const kernel = createFakeKernel();
    fake?.stop();
    const running = createFakeExporter(kernel);
    fake = running;
    await running.exporter.start();
    kernel.faults.pass = (datagram, kind) => (kind === "event" ? datagram.subarray(0, 30) : datagram);
    for (let count = 0; count < 3; count++) kernel.endProcess(kernel.fork({ comm: "x" }).tgid);
    kernel.faults.pass = (datagram) => datagram;
    kernel.endProcess(kernel.fork({ comm: "x" }).tgid);
    const page = await running.scrape();
    expect(page.value("taskstats_exporter_malformed_messages_total", { code: "MESSAGE_TRUNCATED" })).toBe(3);
    expect(page.sum("taskstats_process_exits_total", { groupname: "x" })).toBe(1);
  });

  test("or lost replies count as unanswered queries, and the page shows the last figures", async () => {
    const kernel = createFakeKernel();
    const running = createFakeExporter(kernel);
    fake = running;
    await running.exporter.start();
    const { tgid } = kernel.fork({ comm: "x" });
    kernel.add(tgid, { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 10 });
    const before = (await running.scrape()).sum("taskstats_page_faults_total", { groupname: "x" });
    kernel.add(tgid, { ac_minflt: 5, cpu_count: 1, cpu_run_virtual_total: 10 });
    kernel.faults.pass = (datagram, kind) => (kind === "reply" ? undefined : datagram);
    const page = await running.scrape();
    expect(page.sum("taskstats_page_faults_total", { groupname: "x" })).toBe(before);
    expect(page.value("taskstats_exporter_queries_unanswered_total")).toBeGreaterThan(0);
  });
});
