/**
 * The thread that watches programs being started. It blocks until the kernel tells of an exec and reads /proc at once: a
 * process may live for half a millisecond. What it saw goes to the exporter by a port.
 */

import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { receiveMessageOnPort, workerData } from "node:worker_threads";
import { ExporterError } from "../base/errors.ts";
import { readSightings } from "../collect/groups/exec-reader.ts";
import { openProcessEvents, type ProcessEventClient } from "../connector/client.ts";
import { openSocket } from "../netlink/libc.ts";
import { createProcReader } from "../procfs/read.ts";
import type { WatchNews, WatchOrder, WatchTask } from "./messages.ts";

/** Room for 5,000 events; one takes 768 bytes. */
const receiveBufferBytes = 2 ** 21;

const slots = 64;

/** The longest single wait, after which orders are looked for. */
const waitMs = 20;

const { procRoot, facts, port } = workerData as WatchTask;
const proc = createProcReader(procRoot);
const say = (news: WatchNews): void => port.postMessage(news);

/** Where CPUs are busy this thread would come too late: at the highest priority it read 88 % in time, else 70 %. */
function hurry(): void {
  try {
    const tid = Number(readlinkSync("/proc/thread-self").split("/").at(-1));
    setPriority(tid, -20);
  } catch {
    // It needs CAP_SYS_NICE, which the exporter can do without.
  }
}

/** Reads what is queued. */
function see(client: ProcessEventClient): void {
  for (;;) {
    const tgids: number[] = [];
    if (client.receive(({ tgid }) => void tgids.push(tgid)) === 0) return;
    say({ kind: "seen", sightings: readSightings(proc, tgids, facts), lost: client.readDrops() });
  }
}

function nextOrder(): WatchOrder | undefined {
  return receiveMessageOnPort(port)?.message as WatchOrder | undefined;
}

function watch(client: ProcessEventClient): void {
  say({ kind: "watching" });
  for (let order = nextOrder(); order?.kind !== "end"; order = nextOrder()) {
    if (client.waitBlocking(waitMs)) see(client);
    if (order?.kind === "catch-up") say({ kind: "caught-up", turn: order.turn });
  }
  client.close();
}

try {
  hurry();
  const onMalformed = (): void => undefined;
  watch(openProcessEvents({ open: openSocket }, { kind: "exec", receiveBufferBytes, slots, onMalformed }));
} catch (error) {
  if (!(error instanceof ExporterError)) throw error;
  const { where, want, got } = error.details;
  say({ kind: "failed", code: error.code, details: { where, want, got } });
} finally {
  port.close();
}
