/**
 * The program of the exec watcher's thread. It blocks until the kernel reports an exec or a fork, and reads /proc at once: a process
 * may live for half a millisecond. It reports what it saw through a message port.
 */

import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { ExporterError } from "../base/errors.ts";
import type { ExecProcReader } from "./snapshot-reader.ts";
import { createProgramWatch } from "./program-watch.ts";
import { createProcessEventClient, openProcessEvents, type ProcessEventClient } from "../connector/client.ts";
import { openSocket, runFirst } from "../netlink/libc.ts";
import { createCmdlineReader } from "../procfs/cmdline.ts";
import { createPulse } from "../procfs/pulse.ts";
import { createProcReader } from "../procfs/read.ts";
import { openBacklog } from "./backlog.ts";
import type { WatchNews, WatchOrder, WatchTask } from "./messages.ts";

/** Room for 20,000 events; an event takes 768 bytes. */
const receiveBufferBytes = 2 ** 23;

const slots = 64;

/** The longest wait for an event. Orders are read between two waits. */
const waitMs = 20;

/** How long news are collected before they are reported. */
const collectMs = 10;

const { procRoot, facts, originUs, port, memory, handover } = workerData as WatchTask;
const pulse = createPulse(memory);
const backlog = openBacklog(memory);
const readCmdline = createCmdlineReader(procRoot);

/** Thrown when a successor has taken the place of this thread, while this thread was stuck. */
class GivenUp extends Error {}

const proc: ExecProcReader = {
  ...createProcReader(procRoot),
  readCmdline(tgid) {
    if (backlog.cautious || handover?.blocked.has(tgid) === true) return undefined;
    const argv = pulse.around(tgid, () => readCmdline(tgid));
    if (pulse.givenUp) throw new GivenUp();
    return argv;
  },
};
const toClockUs = (kernelUs: number): number => kernelUs - originUs;
const nowUs = (): number => toClockUs(Number(process.hrtime.bigint()) / 1000);
const programs = createProgramWatch({ proc, facts, nowUs, toClockUs, onExecs: backlog.note });
const post = (news: WatchNews): void => port.postMessage(news);

let reportedAtMs = 0;

/** Reports all news in one message. Each message wakes the main thread, which may take the CPU from processes to be seen next. */
function report(client: ProcessEventClient): void {
  if (!programs.hasNews) return;
  const lost = client.readDrops();
  post({ kind: "seen", batch: programs.takeBatch(lost), lost });
  backlog.clear();
  reportedAtMs = performance.now();
}

/** An order to answer when all events until now have been reported. */
interface PendingOrder {
  readonly turn: number;
  /** When all queued events had been handled; undefined until then. Snapshots of that time may still wait for confirmation. */
  sinceUs: number | undefined;
}

let pending: PendingOrder[] = [];

/** Reads the queued orders. @returns true where the thread must end */
function takeOrders(): boolean {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    const order = next.message as WatchOrder;
    if (order.kind === "end") return true;
    pending.push({ turn: order.turn, sinceUs: undefined });
  }
  return false;
}

/** Answers the orders that are fulfilled. Call it when all queued events have been handled. */
function settleOrders(client: ProcessEventClient): void {
  for (const one of pending) one.sinceUs ??= nowUs();
  const isSettled = ({ sinceUs = Infinity }: PendingOrder): boolean => !programs.isPendingSince(sinceUs);
  const settled = pending.filter(isSettled);
  if (settled.length === 0) return;
  report(client);
  pending = pending.filter((one) => !settled.includes(one));
  for (const { turn } of settled) post({ kind: "caught-up", turn });
}

function watch(client: ProcessEventClient, prompt: boolean): void {
  post({ kind: "watching", prompt, descriptor: client.descriptor });
  if (handover !== undefined) programs.resume(handover.tgids);
  while (!takeOrders()) {
    const ordered = pending.length > 0;
    const isNew = pending.some(({ sinceUs }) => sinceUs === undefined);
    const patienceMs = programs.hasNews || ordered ? collectMs : waitMs;
    const ready = client.waitBlocking(isNew ? 0 : Math.min(patienceMs, programs.nextInMs));
    programs.take(client);
    if (ordered) settleOrders(client);
    else if (!ready || performance.now() - reportedAtMs > collectMs) report(client);
  }
  report(client);
  client.close();
}

/** Opens a socket, or takes over that of a thread that is stuck. */
function open(): ProcessEventClient {
  const options = { kind: "program", receiveBufferBytes, slots, onMalformed: () => undefined } as const;
  if (handover === undefined) return openProcessEvents({ open: openSocket }, options);
  const socket = openSocket({ receiveBufferBytes, slots, descriptor: handover.descriptor });
  return createProcessEventClient({ ...options, socket, listening: true });
}

pulse.begin();
try {
  // Without priority the thread is late when it shares a CPU with a process to be seen: the scheduler lets that finish its turn.
  const prompt = runFirst();
  watch(open(), prompt);
} catch (error) {
  if (error instanceof ExporterError) {
    const { where, want, got } = error.details;
    post({ kind: "failed", code: error.code, details: { where, want, got } });
  } else if (!(error instanceof GivenUp)) throw error;
} finally {
  port.close();
}
