/** Clients that take too much of the built program with 1,000 groups: they are limited, and other clients are still answered. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { spawn } from "../support/processes.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { until } from "../support/until.ts";
import { readMemory } from "../support/usage.ts";
import { buildWorkload } from "../support/workloads.ts";

/** The limit of the DaemonSet that is shipped. */
const mostBytes = 256 * 2 ** 20;

const scrape = "GET /metrics HTTP/1.1\r\nHost: test\r\n\r\n";

/** Repeats the check until it holds, for five minutes at most. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + 300_000;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`never so: ${holds.toString()}`);
    await pause(50);
  }
}

describeKernel("with 1,000 groups and clients that take too much", () => {
  let crowd: ChildProcess;
  let program: Program;
  const sockets: Socket[] = [];

  /** A connection on which nothing is read until somebody listens to it. */
  async function open(): Promise<Socket> {
    const socket = connect(Number(new URL(program.url).port), "127.0.0.1");
    sockets.push(socket.on("error", () => undefined).pause());
    await once(socket, "connect");
    return socket;
  }

  const openMany = (count: number): Promise<Socket[]> => Promise.all(Array.from({ length: count }, open));

  function closeAll(): void {
    for (const socket of sockets.splice(0)) socket.destroy();
  }

  /** The largest that its resident memory has been. */
  const peakBytes = (): number => readMemory(program.pid).peak;

  const rejected = async (reason: string): Promise<number> =>
    (await program.scrape()).value("taskstats_exporter_requests_rejected_total", { reason }) ?? 0;

  const health = async (): Promise<number> => (await program.get("/-/healthy")).status;

  beforeAll(async () => {
    crowd = spawn(buildWorkload("idle"), ["1000", "--distinct", "1000"], { stdio: ["pipe", "pipe", "inherit"] });
    await once(crowd.stdout as NonNullable<typeof crowd.stdout>, "data");
    program = await startProgram();
    expect((await program.scrape()).value("taskstats_exporter_groups")).toBeGreaterThanOrEqual(1000);
  });

  afterAll(async () => {
    closeAll();
    await program.stop();
    crowd.kill("SIGKILL");
  });

  test("1,500 pipelined scrapes take no more memory than one at a time, and the next scrape is answered", async () => {
    const socket = await open();
    socket.write(scrape.repeat(1500));
    let bytes = 0;
    socket.on("data", (chunk: Buffer) => (bytes += chunk.length)).resume();
    await until(() => bytes > 10e6);
    expect(await health()).toBe(200);
    expect((await program.get("/metrics")).status).toBe(200);
    expect(peakBytes()).toBeLessThan(mostBytes);
    closeAll();
  });

  test("pipelined requests are answered in their order, each with a page of its own", async () => {
    const socket = await open();
    socket.write(["/-/healthy", "/nowhere", "/-/ready"].map((path) => scrape.replace("/metrics", path)).join(""));
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString())).resume();
    await until(() => text.includes("\nready"));
    expect([...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => status)).toEqual(["200", "404", "200"]);
    closeAll();
  });

  test("no page is collected for the waiting requests of a client that has disconnected", async () => {
    const polls = async (): Promise<number> =>
      (await program.scrape()).value("taskstats_exporter_poll_duration_seconds_count") ?? NaN;
    const before = await polls();
    const socket = await open();
    socket.write(scrape.repeat(300));
    await once(socket.resume(), "data");
    closeAll();
    // If the 300 requests were still handled, each would have caused a poll before these scrapes.
    await polls();
    expect((await polls()) - before).toBeLessThan(10);
  });

  test("scrapes beyond --web.max-requests get 503 and are counted, and the others get pages", async () => {
    const before = await rejected("max_requests");
    const answers = await Promise.all(Array.from({ length: 60 }, () => program.get("/metrics")));
    const statuses = answers.map(({ status }) => status);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    const refused = statuses.filter((status) => status === 503).length;
    expect(refused).toBeGreaterThan(0);
    // The client has read the scrape before to its end, but the server may still have to close it: that takes one of the 40.
    expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(39);
    expect(await rejected("max_requests")).toBe(before + refused);
    expect(peakBytes()).toBeLessThan(mostBytes);
  });

  test("100 clients that read nothing take bounded memory, are cut off, and are counted", async () => {
    const cutBefore = await rejected("slow_reader");
    // The kernel may have room for the first page of a client that reads nothing, and never for three.
    for (const socket of await openMany(100)) socket.write(scrape.repeat(3));
    expect(await health()).toBe(200);
    await eventually(async () => (await program.get("/metrics")).status === 200);
    // The last clients are still being answered when the first ones have been cut off, so the scrape may fail at first.
    await eventually(async () => (await rejected("slow_reader").catch(() => 0)) > cutBefore);
    expect(peakBytes()).toBeLessThan(mostBytes);
    closeAll();
  });

  test("39 clients that do not read a compressed page, and 100 that do not read the landing page, take bounded memory", async () => {
    const packed = scrape.replace("\r\n\r\n", "\r\nAccept-Encoding: gzip\r\n\r\n");
    for (const socket of await openMany(39)) socket.write(packed);
    for (const socket of await openMany(100)) socket.write(scrape.replace("/metrics", "/"));
    expect(await health()).toBe(200);
    await eventually(async () => (await program.get("/metrics")).status === 200);
    await eventually(async () => (await program.get("/")).status === 200);
    expect(peakBytes()).toBeLessThan(mostBytes);
    closeAll();
  });

  test("600 idle connections do not keep other clients from being answered", async () => {
    const idle = await openMany(600);
    expect(await health()).toBe(200);
    expect((await program.get("/metrics")).status).toBe(200);
    await until(() => idle.filter((socket) => socket.resume().closed).length >= 600 - 256);
    closeAll();
  });

  test("a request with a body is refused, and its connection is closed though the body never ends", async () => {
    const socket = await open();
    socket.write(scrape.replace("\r\n\r\n", "\r\nTransfer-Encoding: chunked\r\n\r\n"));
    const [answer] = (await once(socket.resume(), "data")) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 413 /);
    await until(() => socket.closed);
    expect(await rejected("body")).toBeGreaterThan(0);
  });
});
