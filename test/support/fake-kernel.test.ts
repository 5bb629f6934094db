/** The fake kernel against what was measured of the real one: tests that rely on it rest on these facts. */

import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { AGROUP, fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import { createDecoder, type Reception } from "../../src/taskstats/decode.ts";
import { createQueryBatch, encodeCpumask } from "../../src/taskstats/encode.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import { createFakeKernel, type FakeKernel, type FakeKernelOptions } from "./fake-kernel.ts";
import { createFakeProc } from "./fake-proc.ts";
import type { FakeSocket } from "./fake-socket.ts";

const keys = fields.map(({ key }) => key as FieldKey);
const accounting: FieldKey[] = ["nvcsw", "nivcsw", "ac_etime", "ac_utime", "ac_stime"];

/** A reception kept beyond the next one. */
type Seen = Pick<Reception, "errno" | "tgid"> & {
  readonly comm: string;
  readonly thread: Figures | undefined;
  readonly process: Figures | undefined;
};

interface Figures {
  readonly id: number;
  readonly version: number;
  value(key: FieldKey): number;
}

function keep({ present, id, version, values }: Reception["thread"]): Figures | undefined {
  const copy = values.slice();
  return present ? { id, version, value: (key) => copy[slotOf(key)] ?? NaN } : undefined;
}

function bench(options: FakeKernelOptions = {}) {
  const kernel = createFakeKernel(options);
  const { decode, reception } = createDecoder(kernel.familyId, createRecordReader(keys));

  function open(receiveBufferBytes = 2 ** 20): FakeSocket {
    kernel.open({ receiveBufferBytes, slots: 16 });
    return kernel.sockets.at(-1) as FakeSocket;
  }

  function receive(socket: FakeSocket): Seen[] {
    const seen: Seen[] = [];
    for (let received = socket.receive(); received > 0; received = socket.receive()) {
      for (let slot = 0; slot < received; slot++) {
        const error = decode(socket.arena, slot * socket.slotBytes, socket.lengths[slot] ?? 0);
        if (error !== undefined) throw new Error(error);
        const { errno, tgid, thread, process } = reception;
        seen.push({ errno, tgid, comm: reception.readComm(), thread: keep(thread), process: keep(process) });
      }
    }
    return seen;
  }

  const queries = open();

  function ask(attribute: number, id: number): Seen {
    const batch = createQueryBatch(kernel.familyId, 1);
    batch.write(0, { seq: 1, attribute, id });
    queries.send(batch.bytes, batch.bytes.length);
    return receive(queries)[0] as Seen;
  }

  function register(socket: FakeSocket, cpulist = kernel.cpulist): number | undefined {
    const request = encodeCpumask({ familyId: kernel.familyId, seq: 1, attribute: 3, cpulist });
    socket.send(request, request.length);
    return receive(socket)[0]?.errno;
  }

  const events = open();
  register(events);
  return {
    kernel,
    open,
    receive,
    register,
    events,
    askPid: (id: number) => ask(1, id),
    askTgid: (id: number) => ask(2, id),
  };
}

const group = (kernel: FakeKernel, tgid: number, ...tids: number[]): void => {
  kernel.fork({ tgid, comm: "group", figures: { cpu_count: 1, nvcsw: 10, ac_minflt: 100 } });
  for (const tid of tids) kernel.startThread(tgid, { tid, figures: { cpu_count: 1, nvcsw: 10, ac_minflt: 100 } });
};

describe("a query", () => {
  test("for a thread gives all its figures, for a process the sums of group scope alone", () => {
    const { kernel, askPid, askTgid } = bench();
    group(kernel, 500, 501);
    kernel.add(501, { cpu_count: 5 });
    expect(askPid(501)).toMatchObject({ tgid: 500, comm: "group", thread: { id: 501 } });
    expect(askPid(501).thread?.value("cpu_count")).toBe(6);
    expect(askPid(501).thread?.value("ac_minflt")).toBe(100);
    expect(askTgid(500).process?.value("cpu_count")).toBe(7);
    expect(askTgid(500).process?.value("nvcsw")).toBe(20);
  });

  test("for a process accepts any thread's id and echoes it", () => {
    const { kernel, askTgid } = bench();
    group(kernel, 500, 501);
    expect(askTgid(501).process?.id).toBe(501);
    expect(askTgid(501).process?.value("cpu_count")).toBe(2);
  });

  test("for an id nobody has, or without the right, is refused", () => {
    const { kernel, askPid, askTgid } = bench();
    expect([askPid(9999).errno, askTgid(9999).errno]).toEqual([3, 3]);
    kernel.faults.refuseQueries = 1;
    expect(askPid(kernel.self).errno).toBe(1);
  });

  test("tells the age of a thread, and for a process the sum of its threads' ages", () => {
    const { kernel, askPid, askTgid } = bench();
    group(kernel, 500);
    kernel.advance(300);
    kernel.startThread(500, { tid: 501 });
    kernel.advance(100);
    expect(askPid(501).thread?.value("ac_etime")).toBe(100);
    expect(askPid(501).thread?.value("ac_tgetime")).toBe(400);
    expect(askTgid(500).process?.value("ac_etime")).toBe(500);
  });

  test("for a zombie that never had threads gives zeros, for its thread the last figures", () => {
    const { kernel, askPid, askTgid } = bench();
    group(kernel, 500);
    kernel.endProcess(500, { status: 9, reap: false });
    const { process } = askTgid(500);
    for (const key of ["cpu_count", "cpu_run_virtual_total", ...accounting] as const)
      expect(process?.value(key)).toBe(0);
    expect(askPid(500).thread?.value("ac_minflt")).toBe(100);
    expect(askPid(500).thread?.value("hiwater_rss")).toBe(0);
    kernel.reap(500);
    expect(askTgid(500).errno).toBe(3);
  });

  test("for a process counts a thread twice while it is ending, and once before and after", () => {
    const { kernel, askTgid } = bench();
    group(kernel, 500, 501);
    const counts = [() => undefined, () => kernel.beginEnd(501), () => kernel.finishEnd(501)].map((step) => {
      step();
      return askTgid(500).process?.value("cpu_count");
    });
    expect(counts).toEqual([2, 3, 2]);
  });

  test("for a process on an older kernel forgets five members of threads that ended, and no other", () => {
    const { kernel, askTgid } = bench({ structVersion: 13, deadThreadsKept: false });
    group(kernel, 500, 501);
    kernel.endThread(501);
    expect(askTgid(500).process?.value("cpu_count")).toBe(2);
    expect(askTgid(500).process?.value("nvcsw")).toBe(10);
  });
});

describe("exit events", () => {
  test("come one for each thread, the last one's alone with AGROUP and the sums of all", () => {
    const { kernel, receive, events } = bench();
    group(kernel, 500, 501, 502);
    kernel.endProcess(500, { status: 3 << 8 });
    const seen = receive(events);
    expect(seen.map(({ thread }) => thread?.id)).toEqual([501, 502, 500]);
    const marked = seen.map(({ thread }) => ((thread?.value("ac_flag") ?? 0) & AGROUP) !== 0);
    expect(marked).toEqual([false, false, true]);
    expect(seen.map(({ process }) => process?.id)).toEqual([undefined, undefined, 500]);
    expect(seen[2]?.process?.value("cpu_count")).toBe(3);
    expect(seen.map(({ thread }) => thread?.value("ac_exitcode"))).toEqual([768, 768, 768]);
  });

  test("of a process that never had threads come without sums, and with AGROUP since version 12", () => {
    for (const structVersion of [11, 12]) {
      const { kernel, receive, events } = bench({ structVersion });
      group(kernel, 500);
      kernel.endProcess(500);
      const [end] = receive(events);
      expect(end?.process).toBeUndefined();
      expect(((end?.thread?.value("ac_flag") ?? 0) & AGROUP) !== 0).toBe(structVersion === 12);
    }
  });

  test("of a process that once had threads come with sums also where only one is left", () => {
    const { kernel, receive, events } = bench();
    group(kernel, 500, 501);
    kernel.endThread(501);
    kernel.endThread(500);
    expect(receive(events).map(({ process }) => process?.value("ac_etime"))).toEqual([undefined, 0]);
  });

  test("may come for the leader first, which stays as a zombie", () => {
    const { kernel, receive, events, askPid } = bench();
    group(kernel, 500, 501);
    kernel.endThread(500);
    expect(askPid(500).errno).toBeUndefined();
    kernel.endThread(501);
    expect(receive(events).map(({ thread, process }) => [thread?.id, process?.id])).toEqual([
      [500, undefined],
      [501, 500],
    ]);
  });

  test("of an exec by another thread come for all but that one, whose id is then the leader's", () => {
    const { kernel, receive, events, askPid } = bench();
    group(kernel, 500, 501, 502);
    kernel.add(502, { ac_minflt: 11 });
    kernel.exec(502, { comm: "new", exeInode: 77 });
    const seen = receive(events);
    expect(seen.map(({ thread }) => thread?.id)).toEqual([500, 501]);
    expect(seen.every(({ thread }) => ((thread?.value("ac_flag") ?? 0) & AGROUP) === 0)).toBe(true);
    expect(askPid(502).errno).toBe(3);
    expect(askPid(500)).toMatchObject({ comm: "new", tgid: 500 });
    expect(askPid(500).thread?.value("ac_minflt")).toBe(111);
    expect(askPid(500).thread?.value("ac_exe_inode")).toBe(77);
    kernel.endProcess(500);
    expect(receive(events)).toMatchObject([{ thread: { id: 500 }, process: { id: 500 } }]);
  });

  test("of older kernels carry sums of version 0, and zeros in the five members that they forget", () => {
    const { kernel, receive, events } = bench({ structVersion: 10, deadThreadsKept: false, groupVersionZero: true });
    group(kernel, 500, 501);
    kernel.advance(100);
    kernel.endProcess(500);
    const process = receive(events)[1]?.process;
    expect(process?.version).toBe(0);
    expect(accounting.map((key) => process?.value(key))).toEqual([0, 0, 0, 0, 0]);
    expect(process?.value("cpu_count")).toBe(2);
  });

  test("that do not fit are dropped and counted, and those after them still come", () => {
    const { kernel, open, register, receive } = bench();
    const small = open(106_496);
    register(small);
    for (let index = 0; index < 200; index++) kernel.endProcess(kernel.fork().tgid);
    // The usual default of 212,992 bytes holds 166.
    expect([receive(small).length, small.readDrops()]).toEqual([166, 34]);
    kernel.endProcess(kernel.fork().tgid);
    expect(receive(small)).toHaveLength(1);
  });

  test("never come where the kernel accepts a registration that means nothing, or refuses it", () => {
    const { kernel, events, open, register, receive } = bench();
    kernel.faults.silent = true;
    kernel.endProcess(kernel.fork().tgid);
    kernel.faults.silent = false;
    expect(receive(events)).toEqual([]);
    kernel.faults.refuseRegister = 22;
    const other = open();
    expect(register(other)).toBe(22);
    kernel.endProcess(kernel.fork().tgid);
    expect(receive(other)).toEqual([]);
  });

  test("do not come for an empty list of CPUs, which is accepted", () => {
    const { kernel, open, register, receive } = bench();
    const other = open();
    expect(register(other, "")).toBe(0);
    kernel.endProcess(kernel.fork().tgid);
    expect(receive(other)).toEqual([]);
  });
});

describe("the tree beside it", () => {
  let kernel: FakeKernel;
  let proc: ReturnType<typeof createFakeProc>;
  const links = (tgid: number): number => statSync(join(proc.root, `${tgid}/task`)).nlink;

  beforeEach(() => {
    kernel = createFakeKernel();
    proc = createFakeProc(kernel);
  });

  afterEach(() => proc.dispose());

  test("has as many links to a task directory as there are threads, and two", () => {
    group(kernel, 500, 501, 502);
    expect(links(500)).toBe(5);
    kernel.endThread(502);
    expect(links(500)).toBe(4);
    kernel.exec(501, { comm: "new" });
    expect(links(500)).toBe(3);
  });
});

test("a family that is missing is told as such", async () => {
  const kernel = createFakeKernel();
  expect(await kernel.resolveFamily()).toBe(kernel.familyId);
  kernel.faults.familyMissing = true;
  await expect(kernel.resolveFamily()).rejects.toThrow("FAMILY_MISSING");
});

test("a wait ends with virtual time, and no other", async () => {
  const kernel = createFakeKernel();
  const socket = kernel.open({ receiveBufferBytes: 4096, slots: 1 });
  const wait = socket.waitReadable(5);
  kernel.advance(5000);
  expect(await wait).toBe(false);
});
