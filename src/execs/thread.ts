/**
 * The thread that watches programs being started, and processes being forked. It blocks until the kernel tells of one and reads
 * /proc at once: a process may live for half a millisecond. What it saw goes to the exporter by a port.
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

/** Room for 20,000 events; one takes 768 bytes. */
const receiveBufferBytes = 2 ** 23;

const slots = 64;

/** The longest single wait, after which orders are looked for. */
const waitMs = 20;

/** How long what was seen is kept before it is said. */
const collectMs = 10;

const { procRoot, facts, originUs, port, memory, handover } = workerData as WatchTask;
const pulse = createPulse(memory);
const backlog = openBacklog(memory);
const readCmdline = createCmdlineReader(procRoot);

/** Thrown where another thread has gone on in this one's place, while this one was stuck. */
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
const say = (news: WatchNews): void => port.postMessage(news);

let saidAtMs = 0;

/** Each message wakes the exporter's thread, which then takes a CPU from what is to be seen next. */
function tell(client: ProcessEventClient): void {
  if (!programs.hasNews) return;
  const lost = client.readDrops();
  say({ kind: "seen", batch: programs.takeBatch(lost), lost });
  backlog.clear();
  saidAtMs = performance.now();
}

/** An order to say so when all has been told. What it asks for had been taken at a certain time, some of which waits to be sure. */
interface Owed {
  readonly turn: number;
  sinceUs: number | undefined;
}

let owed: Owed[] = [];

/** @returns true where the thread is to end */
function takeOrders(): boolean {
  for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
    const order = next.message as WatchOrder;
    if (order.kind === "end") return true;
    owed.push({ turn: order.turn, sinceUs: undefined });
  }
  return false;
}

/** All that was queued has been taken. */
function settleOrders(client: ProcessEventClient): void {
  for (const one of owed) one.sinceUs ??= nowUs();
  const isSettled = ({ sinceUs = Infinity }: Owed): boolean => !programs.isPendingSince(sinceUs);
  const settled = owed.filter(isSettled);
  if (settled.length === 0) return;
  tell(client);
  owed = owed.filter((one) => !settled.includes(one));
  for (const { turn } of settled) say({ kind: "caught-up", turn });
}

function watch(client: ProcessEventClient, prompt: boolean): void {
  say({ kind: "watching", prompt, descriptor: client.descriptor });
  if (handover !== undefined) programs.resume(handover.tgids);
  while (!takeOrders()) {
    const ordered = owed.length > 0;
    const isNew = owed.some(({ sinceUs }) => sinceUs === undefined);
    const patienceMs = programs.hasNews || ordered ? collectMs : waitMs;
    const ready = client.waitBlocking(isNew ? 0 : Math.min(patienceMs, programs.nextInMs));
    programs.take(client);
    if (ordered) settleOrders(client);
    else if (!ready || performance.now() - saidAtMs > collectMs) tell(client);
  }
  tell(client);
  client.close();
}

/** A socket of its own, or that of a thread that is stuck. */
function open(): ProcessEventClient {
  const options = { kind: "program", receiveBufferBytes, slots, onMalformed: () => undefined } as const;
  if (handover === undefined) return openProcessEvents({ open: openSocket }, options);
  const socket = openSocket({ receiveBufferBytes, slots, descriptor: handover.descriptor });
  return createProcessEventClient({ ...options, socket, listening: true });
}

pulse.begin();
try {
  // Else it comes too late where it shares a CPU with what it is to look at, which the scheduler lets finish its turn.
  const prompt = runFirst();
  watch(open(), prompt);
} catch (error) {
  if (error instanceof ExporterError) {
    const { where, want, got } = error.details;
    say({ kind: "failed", code: error.code, details: { where, want, got } });
  } else if (!(error instanceof GivenUp)) throw error;
} finally {
  port.close();
}
