/**
 * Starts the thread that watches programs being started, and takes over what it saw. The thread reads files that may block for
 * ever: where it is stuck another one goes on with the same socket, so that nothing is lost but what could not be read.
 */

import { receiveMessageOnPort, type Worker } from "node:worker_threads";
import { systemClock } from "../base/clock.ts";
import { ExporterError } from "../base/errors.ts";
import type { ExecWatcher, ExecWatcherOptions, WatchExecs } from "./exec-watcher.ts";
import { replayBatch, type WatchBatch } from "./program-watch.ts";
import { shareInFlight } from "../base/mutex.ts";
import type { Handover, WatchNews, WatchOrder } from "./messages.ts";
import { startWatchThread, type WatchThread } from "./watch-thread.ts";

/** How long to wait for the thread: it may not get a CPU. */
const patienceMs = 1000;

/** A thread that has been at one read for so long, asleep, is stuck. */
const stuckMs = 100;

/** Threads that may be stuck: six megabytes each. The one after them reads no command lines until one of them has ended. */
const stuckLimit = 8;

/** Nobody knows what a thread had taken that is stuck. */
const gap: WatchBatch = { forks: [], seen: [], gap: true };

/** By the process in whose command line each is stuck. */
type StuckThreads = Map<number, Worker>;

/** Starts a thread, or one that goes on where another one is stuck. */
type StartThread = (handover: Handover | undefined) => Promise<WatchThread>;

/** @returns false where the time was over first */
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
  /** Told which thread is the one that watches now. */
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
    const { port } = thread;
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      hear(next.message as WatchNews);
    }
  }

  const order = (what: WatchOrder): void => thread.port.postMessage(what);

  function attend(): void {
    thread.port.on("message", (news: WatchNews) => {
      hear(news);
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

  /** What the stuck one has told is taken first: its backlog is what it has not. */
  async function replace(): Promise<void> {
    const { reading: tgid } = thread.pulse;
    if (tgid === undefined) return;
    receive();
    // Forks that it took and did not tell are known to nobody.
    untaken.push(gap);
    giveUp(thread, tgid);
    const { descriptor, backlog } = thread;
    thread = await start({ descriptor, tgids: backlog.list(), blocked: new Set(stuck.keys()) });
    attend();
  }

  const replaced = shareInFlight(() => replace().catch(onBroken));

  /** @returns whether it answers, after a time in which it should have */
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
  /** A thread is stuck: the program must not wait for its end. */
  isStuck(): boolean;
}

/** @param procRoot where the proc file system is mounted @param program the thread's, where it is not beside this file */
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
