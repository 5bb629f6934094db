/** Starts a thread of the exec watcher, and holds what the exporter has of it: its port, its pulse and its backlog. */

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
  /** File descriptor of its socket. */
  readonly descriptor: number;
  /** True where it has priority over ordinary threads. */
  readonly prompt: boolean;
}

/** Resolves with the first message of the thread. @throws ExporterError EXEC_WATCHER where the thread ends before */
async function receiveFirst(port: MessagePort, worker: Worker): Promise<WatchNews> {
  const failed = once(worker, "exit").then(() => {
    throw new ExporterError("EXEC_WATCHER", { where: "start", want: "a thread that watches", got: "its end" });
  });
  const [news] = (await Promise.race([once(port, "message"), failed])) as [WatchNews];
  return news;
}

/** The program of the thread, which the build puts beside this file. */
const ownProgram = new URL("./thread.js", import.meta.url);

export interface WatchThreadOptions extends Omit<WatchTask, "port" | "memory"> {
  /** The program of the thread, where it is not beside this file. */
  readonly program?: URL | undefined;
  /** Called with the error that ended the thread. */
  readonly onBroken: (error: unknown) => void;
}

/**
 * Starts a thread, and resolves when it watches.
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
  const news = await receiveFirst(port1, worker);
  worker.unref();
  if (news.kind === "watching") {
    const { prompt, descriptor = NaN } = news;
    return { port: port1, worker, pulse: viewPulse(memory), backlog: openBacklog(memory), descriptor, prompt };
  }
  port1.close();
  if (news.kind === "failed") throw new ExporterError(news.code, news.details);
  throw new ExporterError("EXEC_WATCHER", { where: "start", want: "its first word", got: news.kind });
}
