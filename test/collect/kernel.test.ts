/** What is found out about the kernel from the exporter's own record. */

import { afterEach, describe, expect, test } from "@jest/globals";
import { examineKernel, keepsDeadThreads } from "../../src/collect/kernel.ts";
import { fieldKeys, slotOf } from "../../src/fields/fields.ts";
import { createProcReader, type ProcReader } from "../../src/procfs/read.ts";
import { createQueryClient } from "../../src/taskstats/client.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import { createFakeKernel, type FakeKernelOptions } from "../support/fake-kernel.ts";
import { createFakeProc, type FakeProc } from "../support/fake-proc.ts";

let fakeProc: FakeProc;
afterEach(() => fakeProc.dispose());

function setUp(options: FakeKernelOptions = {}) {
  const kernel = createFakeKernel(options);
  fakeProc = createFakeProc(kernel);
  const client = createQueryClient({
    socket: kernel.open({ receiveBufferBytes: 2 ** 20, slots: 64 }),
    familyId: kernel.familyId,
    reader: createRecordReader(fieldKeys),
    onMalformed: () => undefined,
  });
  return { kernel, client, proc: createProcReader(fakeProc.root) };
}

describe("the examination", () => {
  test("names release and struct, and gives a copy of the record", () => {
    const { kernel, client, proc } = setUp();
    kernel.add(kernel.self, { ac_minflt: 77 });
    const { kernel: found, evidence } = examineKernel(client, proc, kernel.self);
    // What a later query puts into the client's buffer does not change it.
    kernel.add(kernel.self, { ac_minflt: 1 });
    examineKernel(client, proc, kernel.self);
    expect(found).toMatchObject({ release: "6.18.0-fake", structVersion: 16 });
    expect(found.structBytes).toBeGreaterThan(400);
    expect(evidence.record[slotOf("ac_minflt")]).toBe(77);
  });

  test("says whether the kernel accounts storage I/O, by /proc/self/io", () => {
    const { kernel, client, proc } = setUp();
    expect(examineKernel(client, proc, kernel.self).evidence.ioAccounting).toBe(true);
    fakeProc.remove("self/io");
    expect(examineKernel(client, proc, kernel.self).evidence.ioAccounting).toBe(false);
  });

  test("calls the release unknown where /proc does not show it", () => {
    const { kernel, client, proc } = setUp();
    fakeProc.remove("sys/kernel/osrelease");
    expect(examineKernel(client, proc, kernel.self).kernel.release).toBe("unknown");
  });

  test.each([
    [1, "CAPABILITY_MISSING", "\tzz", "EPERM"],
    [1, "USER_NAMESPACE", "\t000001ffffffffff", "EPERM"],
    [16, "QUERY_REFUSED", "\t0", "EBUSY"],
  ])("throws on errno %i the error %s", (errno, code, capabilities, got) => {
    const { kernel, client, proc } = setUp();
    kernel.faults.refuseQueries = errno;
    fakeProc.write("self/status", `CapEff:${capabilities}\n`);
    expect(() => examineKernel(client, proc, kernel.self)).toThrow(new RegExp(`${code}.*got ${got}`));
  });

  test("throws where the kernel does not answer", () => {
    const { kernel, client, proc } = setUp();
    kernel.faults.pass = () => undefined;
    expect(() => examineKernel(client, proc, kernel.self)).toThrow(/QUERY_REFUSED.*got no answer/);
  });
});

describe("whether sums keep exited threads", () => {
  test.each([true, false])("is found out from a thread that has exited: %s", (deadThreadsKept) => {
    const { kernel, client, proc } = setUp({ structVersion: 13, deadThreadsKept });
    kernel.add(kernel.self, { nvcsw: 50 });
    kernel.startThread(kernel.self, { figures: { nvcsw: 5 } });
    kernel.endThread(kernel.startThread(kernel.self, { figures: { nvcsw: 20 } }).tid);
    expect(keepsDeadThreads(client, proc, kernel.self)).toBe(deadThreadsKept);
  });

  test("is false where no thread has exited, and where the sums do not come", () => {
    const { kernel, client, proc } = setUp();
    kernel.add(kernel.self, { nvcsw: 50 });
    expect(keepsDeadThreads(client, proc, kernel.self)).toBe(false);
    kernel.endThread(kernel.startThread(kernel.self, { figures: { nvcsw: 20 } }).tid);
    kernel.faults.pass = () => undefined;
    expect(keepsDeadThreads(client, proc, kernel.self)).toBe(false);
  });

  test("cannot be found out where /proc does not list the threads", () => {
    const { kernel, client, proc } = setUp();
    const blind: ProcReader = { ...proc, listThreads: () => undefined };
    expect(() => keepsDeadThreads(client, blind, kernel.self)).toThrow(/PROC_UNREADABLE.*\/task/);
  });
});
