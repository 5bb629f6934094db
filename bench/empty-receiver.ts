/**
 * Takes the exit events of taskstats and does nothing with them, as receiver.c, but in JavaScript: with the exporter's own socket and
 * waits. What it costs above the C receiver is what waking Node and calling C cost; the rest of the exporter's cost is its work.
 * Each line on standard input is answered by the same line of JSON as receiver.c's.
 */

import { readFileSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { createListener } from "../src/collect/exits/listener.ts";
import { resolveFamily } from "../src/netlink/family.ts";
import { openSocket } from "../src/netlink/libc.ts";
import { createEventClient } from "../src/taskstats/client.ts";
import { TASKSTATS_GENL_NAME } from "../src/taskstats/constants.ts";
import { createRecordReader } from "../src/taskstats/record.ts";

/** As the exporter's. */
const slots = 64;

const familyId = await resolveFamily(TASKSTATS_GENL_NAME);
const socket = openSocket({ receiveBufferBytes: 32 * 2 ** 20, slots });
const reader = createRecordReader([]);
const client = createEventClient({ socket, familyId, reader, onMalformed: () => undefined });
client.register(readFileSync("/sys/devices/system/cpu/possible", "utf8").trim());

const counts = { received: 0, overruns: 0 };

function receive(): number {
  const received = socket.receive();
  counts.received += received;
  return received;
}

const listener = createListener({
  client: { ...client, receive },
  onBegin: () => undefined,
  onDrained: () => Promise.resolve(),
  handle: () => undefined,
  onLost: (count) => (counts.overruns += count),
  onBroken: (error) => {
    throw error;
  },
  onRecovered: () => undefined,
  isUrgent: () => false,
  yieldToEventLoop: () => nextTurn(),
});
listener.start();

process.stdin.on("data", () => {
  listener.drain();
  process.stdout.write(`${JSON.stringify(counts)}\n`);
});
process.stdin.on("end", listener.stop);
process.stdout.write("ready\n");
