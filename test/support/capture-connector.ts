/**
 * Captures messages of the process connector for test/fixtures/connector: `npx tsx
 * test/support/capture-connector.ts`, as root. The tasks in them are this script's own. The expected values come
 * from spawn(2) and /proc, not from our decoder.
 */

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { endianness, release } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { encodeListenRequest } from "../../src/connector/encode.ts";
import { openSocket } from "../../src/netlink/libc.ts";
import { whats } from "./connector-writer.ts";

const little = endianness() === "LE";
const socket = openSocket({ receiveBufferBytes: 2 ** 22, slots: 64, protocol: "connector", group: 1 });

function receive(): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let received = socket.receive(); received > 0; received = socket.receive()) {
    for (let slot = 0; slot < received; slot++) {
      found.push(new Uint8Array(socket.arena.buffer, slot * socket.slotBytes, socket.lengths[slot]).slice());
    }
  }
  return found;
}

const wordOf = (bytes: Uint8Array, at: number): number => new DataView(bytes.buffer).getUint32(at, little);

/** Finds the message of a kind in which a given word has a given value. */
function find(messages: readonly Uint8Array[], what: number, word: { readonly at: number; readonly is: number }) {
  const found = messages.find((bytes) => wordOf(bytes, 36) === what && wordOf(bytes, word.at) === word.is);
  if (found === undefined) throw new Error(`no event ${what} with ${word.is} at ${word.at} has arrived`);
  return found;
}

const listen = encodeListenRequest(1);
socket.send(listen, listen.length);
const answer = find(receive(), whats.NONE, { at: 52, is: 0 });
const { pid } = spawnSync("/bin/true");
const before = new Set(readdirSync("/proc/self/task"));
const worker = new Worker("setInterval(() => {}, 1000)", { eval: true });
await once(worker, "online");
const tid = Number(readdirSync("/proc/self/task").find((id) => !before.has(id)));
const events = receive();
await worker.terminate();
const ignore = encodeListenRequest(2);
socket.send(ignore, ignore.length);
socket.close();

const taken = [
  { file: "answer.hex", expected: { kind: "answer", errno: 0 }, bytes: answer },
  {
    file: "fork-process.hex",
    expected: { kind: "fork", pid, tgid: pid },
    bytes: find(events, whats.FORK, { at: 60, is: pid }),
  },
  {
    file: "fork-thread.hex",
    expected: { kind: "fork", pid: tid, tgid: process.pid },
    bytes: find(events, whats.FORK, { at: 60, is: tid }),
  },
  {
    file: "exec.hex",
    expected: { kind: "exec", pid, tgid: pid },
    bytes: find(events, whats.EXEC, { at: 52, is: pid }),
  },
];
const folder = join(import.meta.dirname, `../fixtures/connector/${/^\d+\.\d+/.exec(release())?.[0] ?? "unknown"}`);
mkdirSync(folder, { recursive: true });
for (const { file, bytes } of taken) {
  writeFileSync(
    join(folder, file),
    `${(
      Buffer.from(bytes)
        .toString("hex")
        .match(/.{1,64}/g) ?? []
    ).join("\n")}\n`,
  );
}
const index = { byteOrder: endianness(), datagrams: taken.map(({ file, expected }) => ({ file, expected })) };
writeFileSync(join(folder, "index.json"), `${JSON.stringify(index, null, 2)}\n`);
console.log(`${taken.length} messages in ${folder}`);
