/**
 * Captures datagrams of the running kernel for test/fixtures: `npx tsx test/support/capture.ts`, as root. The
 * processes in them are this script's own, with names that it chose. The expected values do not come from our
 * decoder but from wait4, the processes themselves, /proc, and the kernel's type information (btf.ts). Where these
 * disagree the script fails and writes nothing.
 */

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { endianness, release } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { resolveFamily } from "../../src/netlink/family.ts";
import { openSocket } from "../../src/netlink/libc.ts";
import type { NetlinkSocket } from "../../src/netlink/socket.ts";
import { readKernelStruct, type KernelStruct } from "./btf.ts";
import type { Capture, CapturedDatagram, CapturedRecord } from "./captured.ts";
import { concat, writeAttribute, writeMessage } from "./message-writer.ts";
import { buildProgram } from "./workloads.ts";

const little = endianness() === "LE";
const attributes = { PID: 1, TGID: 2, REGISTER: 3 } as const;
const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;

/** No task has this id: it is above the largest pid_max. */
const missingId = 2 ** 22 + 1;

/** Where the first struct begins: nlmsghdr, genlmsghdr, three attribute headers, the id. */
const firstStructAt = 36;

type Facts = Record<string, number>;

/** What capture-life.c says of its child. */
interface Life {
  readonly ppid: number;
  readonly pid: number;
  readonly tids: readonly number[];
}

interface Ended {
  readonly status: number;
  readonly minflt: number;
  readonly majflt: number;
}

interface RunningLife extends Life {
  end(): Promise<Ended>;
}

async function startLife(comm: string, threads: number, end: number): Promise<RunningLife> {
  const program = buildProgram(join(import.meta.dirname, "capture-life.c"));
  const child: ChildProcessWithoutNullStreams = spawn(program, [comm, String(threads), String(end)]);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const life = JSON.parse(String((await lines.next()).value)) as Life;
  return {
    ...life,
    async end() {
      child.stdin.end();
      const ended = JSON.parse(String((await lines.next()).value)) as Ended;
      await once(child, "close");
      return ended;
    },
  };
}

/** Sends and receives raw messages. */
function createWire(familyId: number) {
  const socket: NetlinkSocket = openSocket({ receiveBufferBytes: 2 ** 23, slots: 64 });
  let seq = 1000;

  function receive(): Uint8Array[] {
    const found: Uint8Array[] = [];
    for (let received = socket.receive(); received > 0; received = socket.receive()) {
      for (let slot = 0; slot < received; slot++) {
        const at = socket.arena.byteOffset + slot * socket.slotBytes;
        found.push(new Uint8Array(socket.arena.buffer, at, socket.lengths[slot]).slice());
      }
    }
    return found;
  }

  return {
    receive,
    close: () => socket.close(),
    /** @returns the answer and the number of its question */
    ask(attribute: number, payload: Uint8Array, flags = 0): { bytes: Uint8Array; seq: number } {
      const parts = concat([new Uint8Array([1, 1, 0, 0]), writeAttribute(attribute, payload)]);
      const message = writeMessage({ type: familyId, flags: NLM_F_REQUEST | flags, seq: ++seq }, parts);
      socket.send(message, message.length);
      const [bytes] = receive();
      if (bytes === undefined) throw new Error("no answer");
      return { bytes, seq };
    },
  };
}

type Wire = ReturnType<typeof createWire>;

function u32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, little);
  return bytes;
}

// ---- what /proc says

function words(path: string): number[] {
  return readFileSync(path, "latin1").trim().split(/\s+/).map(Number);
}

/** Lines `name: value` of a file as numbers. */
function values(path: string): Record<string, number> {
  const lines = readFileSync(path, "latin1")
    .split("\n")
    .map((line) => line.split(/:\s*/));
  return Object.fromEntries(lines.map(([name = "", value = ""]) => [name, parseInt(value, 10)]));
}

function schedulerFacts(tgid: number, tid: number): Facts {
  const [runTime = NaN, delay = NaN, count = NaN] = words(`/proc/${tgid}/task/${tid}/schedstat`);
  const status = values(`/proc/${tgid}/task/${tid}/status`);
  return {
    ...{ cpu_run_virtual_total: runTime, cpu_delay_total: delay, cpu_count: count },
    nvcsw: status.voluntary_ctxt_switches ?? NaN,
    nivcsw: status.nonvoluntary_ctxt_switches ?? NaN,
  };
}

function threadFacts({ pid, ppid }: Life, tid: number): Facts {
  const stat = readFileSync(`/proc/${pid}/task/${tid}/stat`, "latin1")
    .replace(/^.*\) /, "")
    .split(" ");
  const status = values(`/proc/${pid}/status`);
  const io = values(`/proc/${pid}/task/${tid}/io`);
  const { dev, ino } = statSync(`/proc/${pid}/exe`);
  // The seven I/O fields are rounded down to multiples of 1024.
  const rounded = (name: string): number => Math.floor((io[name] ?? NaN) / 1024) * 1024;
  return {
    ...schedulerFacts(pid, tid),
    ...{ ac_pid: tid, ac_tgid: pid, ac_ppid: ppid, ac_uid: status.Uid ?? NaN, ac_gid: status.Gid ?? NaN },
    ...{ ac_minflt: Number(stat[7]), ac_majflt: Number(stat[9]), ac_nice: Number(stat[16]), ac_exitcode: 0 },
    ...{ hiwater_vm: status.VmPeak ?? NaN, ac_exe_dev: dev, ac_exe_inode: ino },
    ...{ read_char: rounded("rchar"), write_char: rounded("wchar"), read_syscalls: rounded("syscr") },
    ...{ write_syscalls: rounded("syscw"), read_bytes: rounded("read_bytes"), write_bytes: rounded("write_bytes") },
  };
}

function groupFacts({ pid, tids }: Life): Facts {
  const sums: Facts = {};
  for (const tid of [pid, ...tids]) {
    for (const [name, value] of Object.entries(schedulerFacts(pid, tid))) sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

// ---- what the kernel's type information says

function membersAt(bytes: Uint8Array, at: number, { members }: KernelStruct): Record<string, string> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (offset: number, size: number): bigint =>
    size === 8
      ? view.getBigUint64(offset, little)
      : BigInt(
          size === 4
            ? view.getUint32(offset, little)
            : size === 2
              ? view.getUint16(offset, little)
              : view.getUint8(offset),
        );
  const numeric = [...members].filter(([, { array }]) => !array);
  return Object.fromEntries(numeric.map(([name, { offset, size }]) => [name, String(read(at + offset, size))]));
}

function describeRecord(
  bytes: Uint8Array,
  at: number,
  struct: KernelStruct,
  known: Omit<CapturedRecord, "members">,
): CapturedRecord {
  const members = membersAt(bytes, at, struct);
  // Before struct version 12 a record names neither its process nor its executable, and marks no thread as the last.
  const facts = Object.fromEntries(Object.entries(known.facts).filter(([name]) => name in members));
  const wrong = Object.entries(facts).filter(([name, value]) => members[name] !== String(value));
  if (wrong.length > 0) {
    const list = wrong.map(([name, value]) => `${name} ${value} but ${members[name] ?? "no such member"}`);
    throw new Error(`the struct and other sources disagree: ${list.join(", ")}`);
  }
  const { lastThread, ...rest } = known;
  return { ...rest, ...("ac_tgid" in members && lastThread !== undefined ? { lastThread } : {}), facts, members };
}

/** Asks the kernel until /proc says the same before and after the question, so that the answer has the same figures. */
function askStable(wire: Wire, attribute: number, id: number, facts: () => Facts) {
  for (let attempt = 0; attempt < 1000; attempt++) {
    const before = facts();
    const answer = wire.ask(attribute, u32(id));
    if (JSON.stringify(facts()) === JSON.stringify(before)) return { ...answer, facts: before };
  }
  throw new Error("the process never stands still");
}

/** Events of these tasks, by the id in their AGGR_PID. */
function eventsOf(events: Wire, { pid, tids }: Life): Map<number, Uint8Array> {
  const own = new Set([pid, ...tids]);
  const found = new Map<number, Uint8Array>();
  for (const bytes of events.receive()) {
    const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(28, little);
    if (own.has(id)) found.set(id, bytes);
  }
  if (found.size !== own.size) throw new Error(`${found.size} of ${own.size} events arrived`);
  return found;
}

interface Taken {
  readonly bytes: Uint8Array;
  readonly entry: CapturedDatagram;
}

async function capture(): Promise<{ taken: Taken[]; sums: Capture["sums"]; struct: KernelStruct; familyId: number }> {
  const familyId = await resolveFamily("TASKSTATS");
  const struct = readKernelStruct("taskstats");
  const queries = createWire(familyId);
  const events = createWire(familyId);
  const taken: Taken[] = [];
  const take = (bytes: Uint8Array, entry: CapturedDatagram): void => void taken.push({ bytes, entry });

  const cpus = readFileSync("/sys/devices/system/cpu/possible", "latin1").trim();
  const ack = events.ask(attributes.REGISTER, Buffer.from(`${cpus}\0`), NLM_F_ACK);
  take(ack.bytes, { file: "register-ack.hex", what: "the acknowledgement of a registration", seq: ack.seq, errno: 0 });

  const missing = queries.ask(attributes.PID, u32(missingId));
  take(missing.bytes, { file: "error-esrch.hex", what: "the answer for an id nobody has", seq: missing.seq, errno: 3 });

  const one = { comm: "fixture (one) 1" };
  const single = await startLife(one.comm, 0, 7);
  const alone = askStable(queries, attributes.PID, single.pid, () => threadFacts(single, single.pid));
  take(alone.bytes, {
    ...{ file: "reply-pid.hex", what: "the answer for the only thread of a live process", seq: alone.seq },
    thread: describeRecord(alone.bytes, firstStructAt, struct, { id: single.pid, comm: one.comm, facts: alone.facts }),
  });
  const singleEnd = await single.end();
  const singleEvent = eventsOf(events, single).get(single.pid) as Uint8Array;
  const ids = { ac_pid: single.pid, ac_tgid: single.pid, ac_ppid: single.ppid };
  const usage = { ac_minflt: singleEnd.minflt, ac_majflt: singleEnd.majflt };
  take(singleEvent, {
    ...{ file: "event-single.hex", what: "the end, with exit code 7, of a process that never had a second thread" },
    thread: describeRecord(singleEvent, firstStructAt, struct, {
      ...{
        id: single.pid,
        comm: one.comm,
        lastThread: true,
        facts: { ...ids, ...usage, ac_exitcode: singleEnd.status },
      },
    }),
  });

  const many = { comm: "fixture-many" };
  const several = await startLife(many.comm, 3, -15);
  const [worker = 0] = several.tids;
  const whole = askStable(queries, attributes.TGID, several.pid, () => groupFacts(several));
  take(whole.bytes, {
    ...{ file: "reply-tgid.hex", what: "the answer for a process of four threads", seq: whole.seq },
    process: describeRecord(whole.bytes, firstStructAt, struct, { id: several.pid, facts: whole.facts }),
  });
  const other = askStable(queries, attributes.PID, worker, () => threadFacts(several, worker));
  take(other.bytes, {
    ...{ file: "reply-pid-thread.hex", what: "the answer for a thread that is not the leader", seq: other.seq },
    thread: describeRecord(other.bytes, firstStructAt, struct, { id: worker, comm: many.comm, facts: other.facts }),
  });
  const severalEnd = await several.end();
  const found = eventsOf(events, several);
  const threadFiles = several.tids.map((tid, index) => {
    const bytes = found.get(tid) as Uint8Array;
    const file = `event-thread-${index + 1}.hex`;
    const facts = { ac_pid: tid, ac_tgid: several.pid, ac_ppid: several.ppid, ac_exitcode: 0 };
    const record = describeRecord(bytes, firstStructAt, struct, { id: tid, comm: many.comm, lastThread: false, facts });
    take(bytes, { file, what: "the end of a thread while its process goes on", thread: record });
    return file;
  });
  const last = found.get(several.pid) as Uint8Array;
  const lastFacts = {
    ac_pid: several.pid,
    ac_tgid: several.pid,
    ac_ppid: several.ppid,
    ac_exitcode: severalEnd.status,
  };
  const first = describeRecord(last, firstStructAt, struct, {
    ...{ id: several.pid, comm: many.comm, lastThread: true, facts: lastFacts },
  });
  // Behind the first struct: the headers of AGGR_TGID, of its id and of its struct, and the id.
  const secondStructAt = firstStructAt + struct.bytes + 16;
  take(last, {
    ...{ file: "event-last.hex", what: "the end, by signal 15, of a process's last thread, with the sums of all four" },
    thread: first,
    process: describeRecord(last, secondStructAt, struct, { id: several.pid, facts: {} }),
  });
  queries.close();
  events.close();
  const sums = [{ files: [...threadFiles, "event-last.hex"], member: "ac_minflt", total: severalEnd.minflt }];
  return { taken, sums, struct, familyId };
}

/** 32 bytes a line. */
function formatHex(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,64}/g) ?? [];
  return `${lines.join("\n")}\n`;
}

const { taken, sums, struct, familyId } = await capture();
const versions = taken.map(({ entry }) => entry.thread?.members.version).filter((version) => version !== undefined);
const structVersion = Number(versions[0]);
const kernel = /^\d+\.\d+/.exec(release())?.[0] ?? "unknown";
const directory = join(import.meta.dirname, `../fixtures/${kernel}-v${structVersion}`);
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });
for (const { bytes, entry } of taken) writeFileSync(join(directory, entry.file), formatHex(bytes));
const index: Capture = {
  ...{ kernel, byteOrder: endianness(), familyId, structVersion, structBytes: struct.bytes },
  ...{ datagrams: taken.map(({ entry }) => entry), sums },
};
writeFileSync(join(directory, "index.json"), `${JSON.stringify(index, null, 2)}\n`);
console.log(`${taken.length} datagrams in ${directory}`);
