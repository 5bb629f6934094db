/** The messages of the built program to a service manager. */

import { afterEach, expect, test } from "@jest/globals";
import { useConfigFile } from "../support/config-file.ts";
import { receiveDatagrams } from "../support/datagram-receiver.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const good = { process_names: [{ name: "{{.Comm}}", cmdline: ["."] }] };

describeKernel("a service of the built program", () => {
  const file = useConfigFile();
  let program: Program | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  test("reports that it serves, each reload and its failure, the watchdog's pulse, and its end", async () => {
    const address = `@taskstats-service-${process.pid}`;
    const manager = await receiveDatagrams(address);
    const flag = file.write(good);
    const env = { NOTIFY_SOCKET: address, WATCHDOG_USEC: "200000" };
    program = await startProgram([flag], { env });
    const serving = `READY=1\nSTATUS=serving on ${new URL(program.url).host}`;
    await manager.until((text) => text === serving);

    const beforeReload = manager.received.length;
    process.kill(program.pid, "SIGHUP");
    await manager.until((text) => /^RELOADING=1\nMONOTONIC_USEC=\d+$/.test(text), beforeReload);
    await manager.until((text) => text === serving, beforeReload);

    file.write("process_names: 1");
    process.kill(program.pid, "SIGHUP");
    await manager.until((text) => text.startsWith("READY=1\nSTATUS=the configuration was not loaded"), beforeReload);

    const sofar = manager.received.length;
    await manager.until((text) => text === "WATCHDOG=1", sofar);
    await manager.until((text) => text === "WATCHDOG=1", manager.received.length);
    expect(await program.stop()).toBe(0);
    await manager.until((text) => text === "STOPPING=1", sofar);
    expect(manager.received.filter((text) => text.startsWith("READY=1"))).toHaveLength(3);
  });

  test("serves without reporting if NOTIFY_SOCKET is no address", async () => {
    program = await startProgram([], { env: { NOTIFY_SOCKET: "nowhere" } });
    expect((await program.get("/metrics")).status).toBe(200);
  });
});
