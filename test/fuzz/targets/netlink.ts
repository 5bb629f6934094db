/** Parsers of what the kernel's sockets bring: attributes, taskstats messages, connector messages. */

import { readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createProcessEventDecoder } from "../../../src/connector/decode.ts";
import { fields, type FieldKey } from "../../../src/fields/fields.ts";
import { readAttribute, type Attribute } from "../../../src/netlink/attribute.ts";
import { createDecoder, type Part } from "../../../src/taskstats/decode.ts";
import { createRecordReader } from "../../../src/taskstats/record.ts";
import { hold, holdCount, type Target } from "../target.ts";

const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));

/** The family's id, put in the place of the one that each kernel had. */
const familyId = 31;

function readFixtures(folder: string): Uint8Array[] {
  return readdirSync(`${fixtures}/${folder}`)
    .filter((file) => file.endsWith(".hex"))
    .map((file) => Buffer.from(readFileSync(`${fixtures}/${folder}/${file}`, "utf8").replace(/\s+/g, ""), "hex"));
}

const kernels = readdirSync(fixtures).filter((name) => /^\d+\.\d+-v\d+$/.test(name));

/** Captured datagrams of all kernels, under one family's id. */
const datagrams = kernels.flatMap(readFixtures).map((bytes) => {
  // Messages of errors keep their type, which is below the ids of families.
  if (bytes.length > 5 && (bytes[4] as number) > 15) bytes[4] = familyId;
  return bytes;
});

/** Each input has other bytes around it, which the parser may not read: the answer must not depend on them. */
const roomAround = 4096;
const surroundings = [0x00, 0xff].map((fill) => new Uint8Array(65_536 + 2 * roomAround).fill(fill));

function within(input: Uint8Array, index: number): DataView {
  const room = surroundings[index] as Uint8Array;
  room.fill(index === 0 ? 0x00 : 0xff, roomAround, roomAround + input.length + 64);
  room.set(input, roomAround);
  return new DataView(room.buffer);
}

const attribute: Attribute = { type: 0, payloadAt: 0, end: 0, next: 0 };

function checkAttributes(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.length);
  let count = 0;
  for (let at = 0; at < input.length; at = attribute.next) {
    if (!readAttribute(view, at, input.length, attribute)) break;
    const { payloadAt, end, next, type } = attribute;
    if (!(payloadAt === at + 4 && end >= payloadAt && end <= input.length && next >= end && next > at && type >= 0))
      hold(false, "an attribute lies within its parent, and the next one behind it");
    count++;
  }
  if (count > input.length / 4) hold(false, "there are no more attributes than there is room for");
  return count;
}

/** The figures of a part as a text that shows whether two parts are the same; an absent figure is NaN. */
function figuresOf({ present, id, values }: Part): string {
  if (!present) return "";
  holdCount(id, "an id");
  for (const value of values) hold(Number.isNaN(value) || Number.isFinite(value), "a figure is finite, or absent");
  return `${id} ${values.join(" ")}`;
}

const signed = new Set(fields.flatMap(({ width }, slot) => (width.startsWith("s") ? [slot] : [])));

const decoder = createDecoder(familyId, createRecordReader(fields.map(({ key }) => key as FieldKey)));

function decodeTaskstats(view: DataView, length: number): string {
  const error = decoder.decode(view, roomAround, length);
  if (error !== undefined) return error;
  const { reception } = decoder;
  const { thread, process, errno } = reception;
  if (errno !== undefined) {
    holdCount(errno, "an errno");
    return `errno ${errno}`;
  }
  hold(thread.present || process.present, "what is no error has a record");
  const all = [thread, process];
  for (const { present, values } of all) {
    if (present) values.forEach((value, slot) => value < 0 && hold(signed.has(slot), `figure ${slot} is not negative`));
  }
  const comm = reception.readComm();
  hold(comm.length <= 32, "a command has 32 bytes at the most");
  return `${all.map(figuresOf).join("|")} ${comm} ${String(reception.tgid)}`;
}

function checkTaskstats(input: Uint8Array): string {
  const [zeros, ones] = [0, 1].map((index) => decodeTaskstats(within(input, index), input.length));
  hold(zeros === ones, "nothing outside of a datagram is read");
  const { thread, process } = decoder.reception;
  return zeros?.includes(" ") === true ? `${thread.present} ${thread.version} ${process.present}` : (zeros ?? "");
}

const events = createProcessEventDecoder();

function decodeEvent(view: DataView, length: number): string {
  const error = events.decode(view, roomAround, length);
  if (error !== undefined) return error;
  const { kind, pid, tgid, parentTgid, atUs, errno } = events.event;
  if (kind === "other") return kind;
  if (kind === "answer") {
    holdCount(errno, "an errno");
    return `answer ${errno}`;
  }
  for (const id of [pid, tgid, parentTgid]) holdCount(id, "an id");
  hold(Number.isFinite(atUs) && atUs >= 0, "a time is finite");
  return `${kind} ${pid} ${tgid} ${kind === "fork" ? parentTgid : ""} ${atUs}`;
}

function checkEvent(input: Uint8Array): string {
  const [zeros, ones] = [0, 1].map((index) => decodeEvent(within(input, index), input.length));
  hold(zeros === ones, "nothing outside of a datagram is read");
  return zeros?.split(" ", 1)[0] ?? "";
}

export const netlinkTargets: readonly Target[] = [
  {
    name: "attributes",
    // The part behind the two headers of a datagram.
    seeds: datagrams.map((bytes) => bytes.subarray(20)),
    words: [],
    maxBytes: 1500,
    quick: 200_000,
    check: checkAttributes,
  },
  { name: "taskstats", seeds: datagrams, words: [], maxBytes: 4096, quick: 20_000, check: checkTaskstats },
  {
    name: "connector",
    seeds: readFixtures("connector/6.18"),
    words: [],
    maxBytes: 512,
    quick: 100_000,
    check: checkEvent,
  },
];
