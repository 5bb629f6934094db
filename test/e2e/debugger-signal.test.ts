/** SIGUSR1 opens no debugger, whatever flags Node was started with: through a debugger every user of the host could run code. */

import { afterEach, expect, test } from "@jest/globals";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { describeKernel } from "../support/real-kernel.ts";
import { startOnSockets, type SocketProgram } from "../support/socket-program.ts";

/** State LISTEN in /proc/net/tcp. Source: include/net/tcp_states.h. */
const TCP_LISTEN = "0A";

/** The sockets on which this host listens, by inode. */
function listenInodes(): ReadonlySet<string> {
  const lines = ["tcp", "tcp6"].flatMap((file) =>
    readFileSync(`/proc/net/${file}`, "utf8").trim().split("\n").slice(1),
  );
  const words = lines.map((line) => line.trim().split(/\s+/));
  return new Set(words.filter(([, , , state]) => state === TCP_LISTEN).map((line) => line[9] ?? ""));
}

/** On how many sockets a process listens. */
function countListening(pid: number): number {
  const inodes = listenInodes();
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return new Set(links.filter((link) => inodes.has(/^socket:\[(\d+)\]$/.exec(link)?.[1] ?? ""))).size;
}

describeKernel("SIGUSR1", () => {
  let program: SocketProgram | undefined;
  afterEach(async () => {
    await program?.stop();
    program = undefined;
  });

  /** Sends it, and waits until the program has answered a signal that came after it. */
  async function signal({ pid, get, log }: SocketProgram): Promise<void> {
    process.kill(pid, "SIGUSR1");
    const told = (): number => log().split("nothing").length + log().split("no configuration").length;
    const before = told();
    process.kill(pid, "SIGHUP");
    while (told() === before) await get("/-/healthy");
    // Node opens a debugger on another thread. Twenty pages take longer than that.
    for (let page = 0; page < 20; page++) await (await get("/metrics")).text();
  }

  test.each([
    ["no flag", {}],
    ["--inspect-port", { nodeFlags: ["--inspect-port=127.0.0.1:0"] }],
    ["NODE_OPTIONS", { env: { NODE_OPTIONS: "--inspect-port=127.0.0.1:0" } }],
    ["--inspect-publish-uid", { nodeFlags: ["--inspect-publish-uid=http,stderr", "--debug-port=127.0.0.1:0"] }],
  ])("opens no debugger where Node was started with %s", async (_name, options) => {
    program = await startOnSockets([], options);
    expect(countListening(program.pid)).toBe(1);
    await signal(program);
    expect(countListening(program.pid)).toBe(1);
    expect(program.log()).not.toContain("Debugger");
    expect(await program.stop()).toBe(0);
  });

  test("does not close a debugger that the operator asked for, and opens no second one", async () => {
    program = await startOnSockets([], { nodeFlags: ["--inspect=127.0.0.1:0"] });
    expect(countListening(program.pid)).toBe(2);
    await signal(program);
    expect(countListening(program.pid)).toBe(2);
    expect(program.log().split("Debugger listening")).toHaveLength(2);
  });
});
