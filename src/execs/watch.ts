/**
 * The exec watcher: starts a thread, and takes over what the thread saw. The thread reads files whose read may block for ever. When
 * it is stuck, a successor goes on with the same socket, so that only the file that blocks is lost.
 */

import { receiveMessageOnPort, type Worker } from "node:worker_threads";
import { systemClock } from "../base/clock.ts";
import { ExporterError } from "../base/errors.ts";
import type { ExecWatcher, ExecWatcherOptions, WatchExecs } from "./exec-watcher.ts";
import { replayBatch, type WatchBatch } from "./program-watch.ts";
import { shareInFlight } from "../base/mutex.ts";
import type { Handover, WatchNews, WatchOrder } from "./messages.ts";
import { startWatchThread, type WatchThread } from "./watch-thread.ts";

/** How long `caughtUp` waits for the thread at most: it may not get a CPU. */
const patienceMs = 1000;

/** A thread that sleeps in one read for so long is stuck. */
const stuckMs = 100;

/** Threads that may be stuck; each takes six megabytes. The next thread reads no command lines until one of them has ended. */
const stuckLimit = 8;

/** A gap: forks that a stuck thread received and did not report are unknown. */
const gap: WatchBatch = { forks: [], seen: [], gap: true };

/** The stuck threads, by the process whose command line blocks. */
type StuckThreads = Map<number, Worker>;

/** Starts a thread. With a handover, it is the successor of a stuck thread. */
type StartThread = (handover: Handover | undefined) => Promise<WatchThread>;

/** @returns false where the time is over before the promise resolves */
async function within(ms: number, promise: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<boolean>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const answered = await Promise.race([promise.then(() => true), over]);
  clearTimeout(timer);
  return answered;
}

interface WatcherOptions extends ExecWatcherOptions {
  readonly start: StartThread;
  readonly stuck: StuckThreads;
  /** Called with the thread that watches from now on. */
  readonly onThread: (thread: WatchThread | undefined) => void;
}

async function createWatcher(options: WatcherOptions): Promise<ExecWatcher> {
  const { onSeen, onBroken, onThread, start, stuck } = options;
  let untaken: WatchBatch[] = [];
  const waiting = new Map<number, () => void>();
  let turns = 0;
  let lost = 0;
  let closed = false;
  let thread = await start(undefined);

  function handle(news: WatchNews): void {
    if (news.kind === "seen") {
      untaken.push(news.batch);
      lost = news.lost;
    } else if (news.kind === "caught-up") {
      waiting.get(news.turn)?.();
    } else if (news.kind === "failed") {
      onBroken(new ExporterError(news.code, news.details));
    }
  }

  /** Takes messages that have arrived, without a turn of the event loop. */
  function receive(): void {
    const { port } = thread;
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      handle(next.message as WatchNews);
    }
  }

  const order = (what: WatchOrder): void => thread.port.postMessage(what);

  function attend(): void {
    thread.port.on("message", (news: WatchNews) => {
      handle(news);
      if (news.kind === "seen") onSeen();
    });
    thread.port.unref();
    thread.backlog.cautious = stuck.size >= stuckLimit;
    onThread(thread);
    if (closed) order({ kind: "end" });
    for (const turn of waiting.keys()) order({ kind: "catch-up", turn });
  }

  function giveUp({ worker, pulse, port }: WatchThread, tgid: number): void {
    pulse.giveUp();
    port.close();
    stuck.set(tgid, worker);
    worker.once("exit", () => {
      if (stuck.get(tgid) === worker) stuck.delete(tgid);
      thread.backlog.cautious = stuck.size >= stuckLimit;
    });
  }

  /** Replaces a stuck thread. What it has reported is taken first: its backlog holds only what it has not reported. */
  async function replace(): Promise<void> {
    const { reading: tgid } = thread.pulse;
    if (tgid === undefined) return;
    receive();
    untaken.push(gap);
    giveUp(thread, tgid);
    const { descriptor, backlog } = thread;
    thread = await start({ descriptor, tgids: backlog.list(), blocked: new Set(stuck.keys()) });
    attend();
  }

  const replaced = shareInFlight(() => replace().catch(onBroken));

  /** Waits for the answer, and replaces the thread where it is stuck. @returns whether the thread has answered */
  async function answers(answered: Promise<void>): Promise<boolean> {
    const { pulse } = thread;
    const { reads } = pulse;
    if (await within(stuckMs, answered)) return true;
    const isStuck = pulse === thread.pulse && pulse.reads === reads && pulse.reading !== undefined && pulse.isAsleep();
    if (isStuck) await replaced();
    return false;
  }

  attend();
  return {
    take(visitor) {
      receive();
      const batches = untaken;
      untaken = [];
      for (const batch of batches) replayBatch(batch, visitor);
    },
    async caughtUp() {
      const turn = turns++;
      const answered = new Promise<void>((resolve) => void waiting.set(turn, resolve));
      order({ kind: "catch-up", turn });
      for (let left = patienceMs; left > 0 && !(await answers(answered)); left -= stuckMs);
      waiting.delete(turn);
    },
    get lost() {
      return lost;
    },
    get prompt() {
      return thread.prompt;
    },
    close() {
      closed = true;
      order({ kind: "end" });
    },
  };
}

export interface ExecWatching {
  readonly watch: WatchExecs;
  /** True where a thread is stuck: the exporter must not wait for its end when it stops. */
  isStuck(): boolean;
}

/** @param procRoot where the proc file system is mounted @param program that of the thread, where it is not beside this file */
export function createExecWatching(procRoot: string, program?: URL): ExecWatching {
  const stuck: StuckThreads = new Map();
  let current: WatchThread | undefined;
  const originUs = Number(process.hrtime.bigint()) / 1000 - systemClock.monotonicUs();
  return {
    async watch(options) {
      const start: StartThread = (handover) =>
        startWatchThread({ procRoot, originUs, facts: options.facts, handover, program, onBroken: options.onBroken });
      return createWatcher({ ...options, start, stuck, onThread: (thread) => (current = thread) });
    },
    isStuck: () => stuck.size > 0 || current?.pulse.isStuckFor(stuckMs) === true,
  };
}
