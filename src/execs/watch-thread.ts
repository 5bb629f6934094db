/** One thread that watches programs being started, from outside: its port, its pulse, and what it leaves to a successor. */

import { once } from "node:events";
import { MessageChannel, Worker, type MessagePort } from "node:worker_threads";
import { ExporterError } from "../base/errors.ts";
import { viewPulse, type PulseView } from "../procfs/pulse.ts";
import { createWatchMemory, openBacklog, type Backlog } from "./backlog.ts";
import type { WatchNews, WatchTask } from "./messages.ts";

export interface WatchThread {
  readonly port: MessagePort;
  readonly worker: Worker;
  readonly pulse: PulseView;
  readonly backlog: Backlog;
  /** Of its socket. */
  readonly descriptor: number;
  /** It comes before ordinary threads. */
  readonly prompt: boolean;
}

/** The thread's first word. */
async function hearFirst(port: MessagePort, worker: Worker): Promise<WatchNews> {
  const failed = once(worker, "exit").then(() => {
    throw new ExporterError("EXEC_WATCHER", { where: "start", want: "a thread that watches", got: "its end" });
  });
  const [news] = (await Promise.race([once(port, "message"), failed])) as [WatchNews];
  return news;
}

/** The thread's program, where it has been built. */
const ownProgram = new URL("./thread.js", import.meta.url);

export interface WatchThreadOptions extends Omit<WatchTask, "port" | "memory"> {
  readonly program?: URL | undefined;
  /** Told of what ends it against its will. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Starts one.
 *
 * @throws ExporterError CONNECTOR_NAMESPACE, CONNECTOR_MISSING, CONNECTOR_REFUSED, SOCKET_FAILED, EXEC_WATCHER
 */
export async function startWatchThread(options: WatchThreadOptions): Promise<WatchThread> {
  const { program = ownProgram, onBroken, ...task } = options;
  const { port1, port2 } = new MessageChannel();
  const memory = createWatchMemory();
  const workerData: WatchTask = { ...task, port: port2, memory };
  const worker = new Worker(program, { workerData, transferList: [port2] });
  worker.on("error", onBroken);
  const news = await hearFirst(port1, worker);
  worker.unref();
  if (news.kind === "watching") {
    const { prompt, descriptor = NaN } = news;
    return { port: port1, worker, pulse: viewPulse(memory), backlog: openBacklog(memory), descriptor, prompt };
  }
  port1.close();
  if (news.kind === "failed") throw new ExporterError(news.code, news.details);
  throw new ExporterError("EXEC_WATCHER", { where: "start", want: "its first word", got: news.kind });
}
