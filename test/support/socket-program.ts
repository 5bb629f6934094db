/**
 * Runs the built program on sockets that the test has opened and passes on as systemd does. So the test reaches it
 * without reading its log, and no other program can take the port.
 */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parsePage, type ScrapedPage } from "./page.ts";
import { spawn } from "./processes.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export interface SocketProgramOptions {
  /** A descriptor for the log; a pipe that the test reads where it is left out. */
  readonly stderr?: number;
  /** Flags of Node. */
  readonly nodeFlags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly sockets?: number;
}

export interface SocketProgram {
  /** The URL of each socket. */
  readonly urls: readonly string[];
  readonly pid: number;
  /** What the program has written to standard error, where that is a pipe. */
  log(): string;
  get(path: string, socket?: number): Promise<Response>;
  scrape(): Promise<ScrapedPage>;
  /** Waits until a scrape is as it should be. */
  scrapeUntil(isRight: (page: ScrapedPage) => boolean): Promise<ScrapedPage>;
  /** Waits for the program's exit. @returns its status */
  ended(): Promise<number | null>;
  /** Sends SIGTERM and waits for the end. @returns the exit status */
  stop(): Promise<number | null>;
}

/** The interval in which a condition is checked, in milliseconds. */
const pollMs = 20;

async function openSocket(): Promise<Server> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** Reads the descriptor of a server from a private field, since Node has no public one. */
const descriptorOf = (server: Server): number =>
  (server as unknown as { readonly _handle: { readonly fd: number } })._handle.fd;

function launch(args: readonly string[], sockets: readonly Server[], options: SocketProgramOptions): ChildProcess {
  const { stderr, nodeFlags = [], env = {} } = options;
  // systemd sets LISTEN_PID to the process's id, which only the process itself knows here.
  const shell = ["-c", `LISTEN_FDS=${sockets.length} LISTEN_PID=$$ exec "$@"`, "sh"];
  const command = [process.execPath, ...nodeFlags, main, "--web.systemd-socket", ...args];
  return spawn("sh", [...shell, ...command], {
    stdio: ["ignore", "ignore", stderr ?? "pipe", ...sockets.map(descriptorOf)],
    env: { ...process.env, ...env },
  });
}

/** Starts serving and waits for the program's first answer, which comes when it is ready. */
export async function startOnSockets(
  args: readonly string[] = [],
  options: SocketProgramOptions = {},
): Promise<SocketProgram> {
  const sockets = await Promise.all(Array.from({ length: options.sockets ?? 1 }, openSocket));
  const urls = sockets.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const child = launch(args, sockets, options);
  // The child has the sockets now: clients that connect from now on wait for it.
  for (const server of sockets) server.close();
  let text = "";
  child.stderr?.on("data", (chunk: Buffer) => (text += String(chunk)));
  const closed = once(child, "close") as Promise<[number | null]>;
  const get: SocketProgram["get"] = (path, socket = 0) => fetch(`${urls[socket] ?? ""}${path}`);
  const scrape = async (): Promise<ScrapedPage> => parsePage(await (await get("/metrics")).text());

  // The question is sent before the program listens; the socket's queue keeps it until there is an answer.
  const first = await Promise.race([get("/-/ready").catch(String), closed.then(([status]) => `ended: ${status}`)]);
  if (typeof first === "string" || first.status !== 200)
    throw new Error(
      `want the first answer to be 200, got ${typeof first === "string" ? first : first.status}: ${text}`,
    );
  const ended = async (): Promise<number | null> => (await closed)[0];
  return {
    urls,
    pid: child.pid ?? 0,
    log: () => text,
    get,
    scrape,
    async scrapeUntil(isRight) {
      for (;;) {
        const page = await scrape();
        if (isRight(page)) return page;
        await delay(pollMs);
      }
    },
    ended,
    stop() {
      child.kill("SIGTERM");
      return ended();
    },
  };
}
