/** Where the built program listens, and how it ends while requests are open. */

import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { networkInterfaces } from "node:os";
import { runProgram, startProgram, type Program } from "../support/program.ts";
import { describeKernel, testUnless } from "../support/real-kernel.ts";
import { startOnSockets, type SocketProgram } from "../support/socket-program.ts";

const hasV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

describeKernel("the built program", () => {
  let program: Program | undefined;
  let passive: SocketProgram | undefined;
  let sockets: Socket[] = [];
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    sockets = [];
    await program?.stop();
    await passive?.stop();
    [program, passive] = [undefined, undefined];
  });

  /** Waits for `count` lines `serving` in the log. @returns their URLs */
  async function urlsOf({ log, get }: Program, count: number): Promise<string[]> {
    for (;;) {
      const urls = [...log().matchAll(/address=\S+ url=(\S+) msg=serving/g)].map(([, url = ""]) => url);
      if (urls.length >= count) return urls;
      await get("/-/healthy");
    }
  }

  test("serves on each address that is given, and names each in its log", async () => {
    program = await startProgram(["--web.listen-address=127.0.0.2:0", "--web.listen-address=127.0.0.3:0"]);
    const urls = await urlsOf(program, 3);
    expect(urls.map((url) => new URL(url).hostname)).toEqual(["127.0.0.1", "127.0.0.2", "127.0.0.3"]);
    for (const url of urls) expect(await (await fetch(url)).text()).toContain("taskstats_processes");
  });

  testUnless(hasV6 ? undefined : "this host has no IPv6 loopback address")(
    "serves localhost on both families",
    async () => {
      program = await startProgram(["--web.listen-address=localhost:0"]);
      const urls = await urlsOf(program, 3);
      expect(urls.slice(1).map((url) => new URL(url).hostname)).toEqual(["127.0.0.1", "[::1]"]);
      for (const url of urls) expect((await fetch(url)).status).toBe(200);
    },
  );

  test("serves on each socket that systemd passes", async () => {
    passive = await startOnSockets([], { sockets: 2 });
    for (const socket of [0, 1]) expect((await passive.get("/metrics", socket)).status).toBe(200);
    for (const url of passive.urls) expect(passive.log()).toContain(`url=${url}/metrics msg=serving`);
  });

  test("says that systemd passes no socket", async () => {
    const { status, stderr } = await runProgram(["--web.systemd-socket"]);
    expect([status, stderr]).toEqual([1, expect.stringMatching(/LISTEN_FAILED at --web.systemd-socket: .*LISTEN_FDS/)]);
  });

  test("keeps connections open for longer than scrapers take between scrapes", async () => {
    program = await startProgram();
    const response = await program.get("/-/healthy");
    expect(Number(/timeout=(\d+)/.exec(response.headers.get("keep-alive") ?? "")?.[1])).toBeGreaterThan(120);
  });

  test("ends while clients neither finish their requests nor read the responses, and logs no error", async () => {
    program = await startProgram(["--log.level=debug"]);
    const { port, hostname } = new URL(program.url);
    for (const text of ["", "GET /metr", "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n".repeat(300)]) {
      const socket = connect(Number(port), hostname).pause();
      sockets.push(socket);
      await once(socket, "connect");
      // The program cuts the connection off when it ends.
      socket.on("error", () => undefined);
      await new Promise((resolve) => socket.write(text, resolve));
    }
    expect(await program.stop()).toBe(0);
    expect(program.log()).not.toMatch(/level=error|EBADF/);
  });

  test("logs no error if a signal ends it while a page is collected", async () => {
    program = await startProgram(["--discovery.interval=100ms"]);
    const { get } = program;
    const pages = Array.from({ length: 20 }, () => get("/metrics").catch(() => undefined));
    expect(await program.stop()).toBe(0);
    await Promise.all(pages);
    expect(program.log()).not.toMatch(/level=error|EBADF/);
  });

  test("logs after SIGHUP without a configuration file that there is nothing to load", async () => {
    program = await startProgram();
    process.kill(program.pid, "SIGHUP");
    while (!program.log().includes("--config.file was not given")) await program.get("/-/healthy");
    expect(program.log()).not.toContain("loaded again");
  });
});
