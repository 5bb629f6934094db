/** Programs that serve metrics: starts one on a free port and waits until it answers. */

import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { spawn } from "../test/support/processes.ts";
import { collectText, stopChild } from "./children.ts";
import { request } from "./scraper.ts";

export interface ServerOptions {
  readonly command: string;
  readonly args: (address: string) => readonly string[];
  /** A path that is answered with 200 once the server is ready. */
  readonly readyPath: string;
}

export interface MetricsServer {
  readonly pid: number;
  readonly metricsUrl: string;
  /** From the spawn to the first answer that says it is ready. */
  readonly readyMs: number;
  stop(): Promise<void>;
}

const limitMs = 60_000;
const retryMs = 2;

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await request(url)).status === 200;
  } catch {
    return false;
  }
}

/** @throws Error with the server's output, where it exits or is not ready within a minute */
export async function startServer({ command, args, readyPath }: ServerOptions): Promise<MetricsServer> {
  const address = `127.0.0.1:${await findFreePort()}`;
  const begin = performance.now();
  const child = spawn(command, args(address), { stdio: ["ignore", "pipe", "pipe"] });
  await once(child, "spawn");
  const [output, errors] = [collectText(child.stdout), collectText(child.stderr)];
  while (!(await answers(`http://${address}${readyPath}`))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${command}: ${output()}${errors()}`);
    if (performance.now() - begin > limitMs) throw new Error(`${command}: not ready after ${limitMs / 1000} s`);
    await sleep(retryMs);
  }
  const readyMs = performance.now() - begin;
  return { pid: child.pid ?? 0, metricsUrl: `http://${address}/metrics`, readyMs, stop: () => stopChild(child) };
}
