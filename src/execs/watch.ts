/** Starts the thread that watches programs being started, and takes over what it saw. */

import { once } from "node:events";
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from "node:worker_threads";
import { systemClock } from "../base/clock.ts";
import { ExporterError } from "../base/errors.ts";
import type { ExecWatcher, ExecWatcherOptions, WatchExecs } from "../collect/groups/exec-watcher.ts";
import { replayBatch, type WatchBatch } from "../collect/groups/program-watch.ts";
import type { WatchNews, WatchOrder, WatchTask } from "./messages.ts";

/** How long to wait for the thread: it may not get a CPU. */
const patienceMs = 1000;

function createWatcher(port: MessagePort, prompt: boolean, { onSeen, onBroken }: ExecWatcherOptions): ExecWatcher {
  let untaken: WatchBatch[] = [];
  const waiting = new Map<number, () => void>();
  let turns = 0;
  let lost = 0;

  function hear(news: WatchNews): void {
    if (news.kind === "seen") {
      untaken.push(news.batch);
      lost = news.lost;
    } else if (news.kind === "caught-up") {
      waiting.get(news.turn)?.();
    } else if (news.kind === "failed") {
      onBroken(new ExporterError(news.code, news.details));
    }
  }

  /** What has arrived and no turn of the event loop has brought yet. */
  function receive(): void {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      hear(next.message as WatchNews);
    }
  }

  const order = (what: WatchOrder): void => port.postMessage(what);
  port.on("message", (news: WatchNews) => {
    hear(news);
    if (news.kind === "seen") onSeen();
  });
  port.unref();

  return {
    take(visitor) {
      receive();
      const batches = untaken;
      untaken = [];
      for (const batch of batches) replayBatch(batch, visitor);
    },
    async caughtUp() {
      const turn = turns++;
      let timer: NodeJS.Timeout | undefined;
      const answered = new Promise<void>((resolve) => {
        waiting.set(turn, resolve);
        timer = setTimeout(resolve, patienceMs);
      });
      order({ kind: "catch-up", turn });
      await answered;
      clearTimeout(timer);
      waiting.delete(turn);
    },
    get lost() {
      return lost;
    },
    prompt,
    close: () => order({ kind: "end" }),
  };
}

/** The thread's first word. */
async function hearFirst(port: MessagePort, worker: Worker): Promise<WatchNews> {
  const failed = once(worker, "exit").then(() => {
    throw new ExporterError("EXEC_WATCHER", { where: "start", want: "a thread that watches", got: "its end" });
  });
  const [news] = (await Promise.race([once(port, "message"), failed])) as [WatchNews];
  return news;
}

/** @param procRoot where the proc file system is mounted */
export function createWatchExecs(procRoot: string): WatchExecs {
  return async (options) => {
    const { port1, port2 } = new MessageChannel();
    const originUs = Number(process.hrtime.bigint()) / 1000 - systemClock.monotonicUs();
    const task: WatchTask = { procRoot, facts: options.facts, originUs, port: port2 };
    const worker = new Worker(new URL("./thread.js", import.meta.url), { workerData: task, transferList: [port2] });
    worker.on("error", options.onBroken);
    const news = await hearFirst(port1, worker);
    worker.unref();
    if (news.kind !== "failed") return createWatcher(port1, news.kind === "watching" && news.prompt, options);
    port1.close();
    throw new ExporterError(news.code, news.details);
  };
}
