/**
 * The thread that watches programs being started. It blocks until the kernel tells of an exec and reads /proc at once: a
 * process may live for half a millisecond. What it saw goes to the exporter by a port.
 */

import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { ExporterError } from "../base/errors.ts";
import { readSightings, type ExecProcReader } from "../collect/groups/exec-reader.ts";
import type { Sighting } from "../collect/groups/exec-watcher.ts";
import { createProcessEventClient, openProcessEvents, type ProcessEventClient } from "../connector/client.ts";
import { openSocket, runFirst } from "../netlink/libc.ts";
import { createCmdlineReader } from "../procfs/cmdline.ts";
import { createPulse } from "../procfs/pulse.ts";
import { createProcReader } from "../procfs/read.ts";
import { openBacklog } from "./backlog.ts";
import type { WatchNews, WatchOrder, WatchTask } from "./messages.ts";

/** Room for 5,000 events; one takes 768 bytes. */
const receiveBufferBytes = 2 ** 21;

const slots = 64;

/** The longest single wait, after which orders are looked for. */
const waitMs = 20;

/** How long what was seen is kept before it is said. */
const collectMs = 10;

const { procRoot, facts, originUs, port, memory, legacy } = workerData as WatchTask;
const pulse = createPulse(memory);
const backlog = openBacklog(memory);
const readCmdline = createCmdlineReader(procRoot);

/** Thrown where another thread has gone on in this one's place, while this one was stuck. */
class GivenUp extends Error {}

const proc: ExecProcReader = {
  ...createProcReader(procRoot),
  readCmdline(tgid) {
    if (backlog.cautious || legacy?.blocked.has(tgid) === true) return undefined;
    const argv = pulse.around(tgid, () => readCmdline(tgid));
    if (pulse.givenUp) throw new GivenUp();
    return argv;
  },
};
const nowUs = (): number => Number(process.hrtime.bigint()) / 1000 - originUs;
const say = (news: WatchNews): void => port.postMessage(news);

/** What was seen and not said yet. */
let unsaid: Sighting[] = [];
let saidAtMs = 0;

/** Each message wakes the exporter's thread, which then takes a CPU from what is to be seen next. */
function tell(client: ProcessEventClient): void {
  if (unsaid.length === 0) return;
  say({ kind: "seen", sightings: unsaid, lost: client.readDrops() });
  backlog.clear();
  unsaid = [];
  saidAtMs = performance.now();
}

function read(tgids: readonly number[]): void {
  backlog.note(tgids);
  unsaid.push(...readSightings(proc, tgids, { facts, nowUs }));
}

/** Reads what is queued. */
function see(client: ProcessEventClient): void {
  for (;;) {
    const tgids: number[] = [];
    if (client.receive(({ tgid }) => void tgids.push(tgid)) === 0) return;
    read(tgids);
  }
}

function nextOrder(): WatchOrder | undefined {
  return receiveMessageOnPort(port)?.message as WatchOrder | undefined;
}

function watch(client: ProcessEventClient): void {
  say({ kind: "watching", descriptor: client.descriptor });
  if (legacy !== undefined) read(legacy.tgids);
  for (let order = nextOrder(); order?.kind !== "end"; order = nextOrder()) {
    const ready = client.waitBlocking(unsaid.length === 0 ? waitMs : collectMs);
    if (ready) see(client);
    if (!ready || order !== undefined || performance.now() - saidAtMs > collectMs) tell(client);
    if (order?.kind === "catch-up") say({ kind: "caught-up", turn: order.turn });
  }
  client.close();
}

/** A socket of its own, or that of a thread that is stuck. */
function open(): ProcessEventClient {
  const options = { kind: "exec", receiveBufferBytes, slots, onMalformed: () => undefined } as const;
  if (legacy === undefined) return openProcessEvents({ open: openSocket }, options);
  const socket = openSocket({ receiveBufferBytes, slots, descriptor: legacy.descriptor });
  return createProcessEventClient({ ...options, socket, listening: true });
}

pulse.begin();
try {
  // Else it comes too late where it shares a CPU with what it is to look at, which the scheduler lets finish its turn.
  runFirst();
  watch(open());
} catch (error) {
  if (error instanceof ExporterError) {
    const { where, want, got } = error.details;
    say({ kind: "failed", code: error.code, details: { where, want, got } });
  } else if (!(error instanceof GivenUp)) throw error;
} finally {
  port.close();
}
