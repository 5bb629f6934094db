/** Queries and exit events over the sockets of a fake kernel. */

import { describe, expect, test } from "@jest/globals";
import type { ErrorCode } from "../../src/base/errors.ts";
import { fields, slotOf, type FieldKey } from "../../src/fields/fields.ts";
import type { NetlinkSocket } from "../../src/netlink/socket.ts";
import { createEventClient, createQueryClient, queryError, type EventClient } from "../../src/taskstats/client.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import {
  createFakeKernel,
  type DatagramKind,
  type FakeKernel,
  type FakeKernelOptions,
} from "../support/fake-kernel.ts";

const minflt = slotOf("ac_minflt");
const count = slotOf("cpu_count");
const keys = fields.map(({ key }) => key as FieldKey);

interface Setup {
  readonly kernel: FakeKernel;
  readonly malformed: ErrorCode[];
  readonly socket: NetlinkSocket;
  readonly sends: number[];
}

function setUp(options: FakeKernelOptions & { buffer?: number; slots?: number } = {}): Setup {
  const kernel = createFakeKernel(options);
  const socket = kernel.open({ receiveBufferBytes: options.buffer ?? 2 ** 20, slots: options.slots ?? 64 });
  const sends: number[] = [];
  const watched: NetlinkSocket = {
    ...socket,
    send(bytes, length) {
      sends.push(length);
      socket.send(bytes, length);
    },
  };
  return { kernel, malformed: [], socket: watched, sends };
}

function clientOptions({ kernel, socket, malformed }: Setup) {
  const onMalformed = (code: ErrorCode): void => void malformed.push(code);
  return { socket, familyId: kernel.familyId, reader: createRecordReader(keys), onMalformed };
}

/** Starts processes. The minor faults of each are its index in the list. */
function forkMany(kernel: FakeKernel, many: number): number[] {
  return Array.from({ length: many }, (_, index) => kernel.fork({ figures: { ac_minflt: index } }).tgid);
}

describe("queries", () => {
  function ask(setup: Setup, kind: "pid" | "tgid", ids: readonly number[]) {
    const client = createQueryClient(clientOptions(setup));
    const visits: { index: number; id: number; value: number | undefined; errno: number | undefined }[] = [];
    const result = client.query(kind, ids, (index, { thread, process, errno }) => {
      const { id, values } = kind === "pid" ? thread : process;
      visits.push({ index, id: errno === undefined ? id : 0, value: values[kind === "pid" ? minflt : count], errno });
    });
    return { ...result, visits, client };
  }

  test.each([0, 1, 63, 64, 65, 128, 200])(
    "%i ids: each gets its answer, in order, and one datagram asks for 64 of them",
    (many) => {
      const setup = setUp();
      const ids = forkMany(setup.kernel, many);
      const { unanswered, visits } = ask(setup, "pid", ids);
      expect(unanswered).toBe(0);
      expect(visits).toEqual(ids.map((id, index) => ({ index, id, value: index, errno: undefined })));
      expect(setup.sends).toHaveLength(Math.ceil(many / 64));
      expect(setup.malformed).toEqual([]);
    },
  );

  test("all answers are taken if they need more than one receive", () => {
    const setup = setUp({ slots: 5 });
    expect(ask(setup, "pid", forkMany(setup.kernel, 64))).toMatchObject({ unanswered: 0, visits: { length: 64 } });
  });

  test("a process's sums are asked for by its id", () => {
    const setup = setUp();
    const { tgid } = setup.kernel.fork({ figures: { cpu_count: 3 } });
    setup.kernel.startThread(tgid, { figures: { cpu_count: 4 } });
    expect(ask(setup, "tgid", [tgid]).visits).toEqual([{ index: 0, id: tgid, value: 7, errno: undefined }]);
    expect(setup.kernel.queries).toEqual({ pid: 0, tgid: 1 });
  });

  test("the answer to an unknown id is ESRCH, and the other ids get their records", () => {
    const setup = setUp();
    const [first = 0, second = 0] = forkMany(setup.kernel, 2);
    const { unanswered, visits } = ask(setup, "pid", [first, 99_999, second]);
    expect(unanswered).toBe(0);
    expect(visits.map(({ errno }) => errno)).toEqual([undefined, 3, undefined]);
    expect(visits.map(({ id }) => id)).toEqual([first, 0, second]);
  });

  test("the answer to a refused query is its errno", () => {
    const setup = setUp();
    setup.kernel.faults.refuseQueries = 1;
    expect(ask(setup, "pid", [setup.kernel.self]).visits).toMatchObject([{ errno: 1 }]);
  });

  test("lost replies are counted as unanswered, and the others keep their index", () => {
    const setup = setUp();
    const ids = forkMany(setup.kernel, 100);
    let reply = 0;
    setup.kernel.faults.pass = (datagram) => (reply++ % 10 === 3 ? undefined : datagram);
    const { unanswered, visits } = ask(setup, "pid", ids);
    expect(unanswered).toBe(10);
    expect(visits.map(({ index }) => index)).toEqual(ids.map((_, index) => index).filter((index) => index % 10 !== 3));
    expect(visits.every(({ id, index }) => id === ids[index])).toBe(true);
  });

  test("replies that do not fit in the receive buffer are counted as unanswered", () => {
    const setup = setUp({ buffer: 1280 * 5 });
    expect(ask(setup, "pid", forkMany(setup.kernel, 64))).toMatchObject({ unanswered: 54, visits: { length: 10 } });
  });

  test("a late answer to an earlier query is ignored", () => {
    const setup = setUp();
    const [first = 0, second = 0] = forkMany(setup.kernel, 2);
    const held: Uint8Array[] = [];
    setup.kernel.faults.pass = (datagram) => void held.push(datagram);
    const { client } = ask(setup, "pid", [first]);
    // The answer to the first query arrives after the second query.
    setup.kernel.faults.pass = () => held[0];
    const visits: number[] = [];
    expect(client.query("pid", [second], (index) => void visits.push(index))).toEqual({ unanswered: 1 });
    expect(visits).toEqual([]);
    expect(setup.malformed).toEqual([]);
  });

  test("a client may query again, and the indexes begin at 0 each time", () => {
    const setup = setUp();
    const { client } = ask(setup, "pid", []);
    const asked: number[] = [];
    for (const many of [3, 1, 2]) {
      client.query("pid", forkMany(setup.kernel, many), (index) => void asked.push(index));
    }
    expect(asked).toEqual([0, 1, 2, 0, 0, 1]);
  });

  test("a truncated reply is reported as malformed and counted as unanswered", () => {
    const setup = setUp();
    const ids = forkMany(setup.kernel, 3);
    let reply = 0;
    setup.kernel.faults.pass = (datagram) => (reply++ === 1 ? datagram.subarray(0, 300) : datagram);
    const { unanswered, visits } = ask(setup, "pid", ids);
    expect({ unanswered, visited: visits.map(({ index }) => index) }).toEqual({ unanswered: 1, visited: [0, 2] });
    expect(setup.malformed).toEqual(["MESSAGE_TRUNCATED"]);
  });

  test("a datagram that is longer than its slot is reported as malformed, though its beginning is a record", () => {
    const setup = setUp();
    const grow = (datagram: Uint8Array): Uint8Array => {
      const long = new Uint8Array(4097);
      long.set(datagram);
      return long;
    };
    setup.kernel.faults.pass = grow;
    expect(ask(setup, "pid", [setup.kernel.self])).toMatchObject({ unanswered: 1, visits: [] });
    expect(setup.malformed).toEqual(["MESSAGE_TRUNCATED"]);
  });

  test("closing the client closes its socket", () => {
    const setup = setUp();
    createQueryClient(clientOptions(setup)).close();
    expect(setup.kernel.sockets[0]?.closed).toBe(true);
  });
});

describe("exit events", () => {
  function listen(setup: Setup): EventClient {
    return createEventClient(clientOptions(setup));
  }

  function receiveAll(client: EventClient): string[] {
    const seen: string[] = [];
    const visit: Parameters<EventClient["receive"]>[0] = ({ thread, process, readComm }) =>
      void seen.push(`${readComm()} ${thread.id}${process.present ? ` of ${process.id}` : ""}`);
    while (client.receive(visit) > 0);
    return seen;
  }

  test("arrive after registration; the last thread's has the sums of its process", () => {
    const setup = setUp();
    const client = listen(setup);
    setup.kernel.endProcess(setup.kernel.fork({ tgid: 500, comm: "before" }).tgid);
    expect(client.register("0-1")).toBe(0);
    setup.kernel.endProcess(setup.kernel.fork({ tgid: 600, comm: "single" }).tgid);
    setup.kernel.fork({ tgid: 700, comm: "several" });
    setup.kernel.startThread(700, { tid: 701 });
    setup.kernel.endProcess(700);
    expect(receiveAll(client)).toEqual(["single 600", "several 701", "several 700 of 700"]);
  });

  test("do not arrive from a CPU that was not registered", () => {
    const setup = setUp();
    const client = listen(setup);
    expect(client.register("1")).toBe(0);
    setup.kernel.endProcess(setup.kernel.fork({ tgid: 600, cpu: 0 }).tgid);
    setup.kernel.endProcess(setup.kernel.fork({ tgid: 601, cpu: 1 }).tgid);
    expect(receiveAll(client)).toEqual(["child 601"]);
  });

  test.each([
    { cpulist: "0-9", errno: 34 },
    { cpulist: "one", errno: 22 },
  ])("registration for CPUs '$cpulist' returns errno $errno", ({ cpulist, errno }) => {
    expect(listen(setUp()).register(cpulist)).toBe(errno);
  });

  test("a registration that the kernel does not answer is an error", () => {
    const setup = setUp();
    setup.kernel.faults.pass = () => undefined;
    expect(() => listen(setup).register("0-1")).toThrow("SOCKET_FAILED at register for exit events");
  });

  test("a registration finds its answer behind queued events", () => {
    const setup = setUp();
    const client = listen(setup);
    client.register("0-1");
    setup.kernel.endProcess(setup.kernel.fork().tgid);
    setup.kernel.faults.refuseRegister = 22;
    expect(client.register("0-1")).toBe(22);
  });

  test("call onTaken once per receive, before the first event is visited", () => {
    const setup = setUp();
    const order: string[] = [];
    const client = createEventClient({ ...clientOptions(setup), onTaken: () => order.push("taken") });
    client.register("0-1");
    for (const tgid of [600, 601]) setup.kernel.endProcess(setup.kernel.fork({ tgid }).tgid);
    while (client.receive(({ thread }) => order.push(String(thread.id))) > 0);
    expect(order).toEqual(["taken", "600", "601"]);
  });

  test("that are malformed are reported and counted as taken, but not visited", () => {
    const setup = setUp();
    const client = listen(setup);
    client.register("0-1");
    const kinds: DatagramKind[] = [];
    setup.kernel.faults.pass = (datagram, kind) => {
      kinds.push(kind);
      return kinds.length === 2 ? datagram.subarray(0, 100) : datagram;
    };
    for (const tgid of [600, 601, 602]) setup.kernel.endProcess(setup.kernel.fork({ tgid }).tgid);
    const visited: number[] = [];
    expect(client.receive(({ thread }) => void visited.push(thread.id))).toBe(3);
    expect(visited).toEqual([600, 602]);
    expect(kinds).toEqual(["event", "event", "event"]);
    expect(setup.malformed).toEqual(["MESSAGE_TRUNCATED"]);
  });

  test("that do not fit in the receive buffer are counted exactly", () => {
    const setup = setUp({ buffer: 1280 * 8 });
    const client = listen(setup);
    client.register("0-1");
    for (let index = 0; index < 100; index++) setup.kernel.endProcess(setup.kernel.fork().tgid);
    expect(receiveAll(client)).toHaveLength(16);
    expect(client.readDrops()).toBe(84);
    expect(setup.kernel.eventsSent).toBe(100);
  });

  test("end a wait; closing the client ends it too, and ends the registration", async () => {
    const setup = setUp();
    const client = listen(setup);
    client.register("0-1");
    const wait = client.waitReadable(1000);
    setup.kernel.endProcess(setup.kernel.fork().tgid);
    expect(await wait).toBe(true);
    receiveAll(client);
    const last = client.waitReadable(1000);
    client.close();
    expect(await last).toBe(false);
    const { eventsSent } = setup.kernel;
    setup.kernel.endProcess(setup.kernel.fork().tgid);
    expect(setup.kernel.eventsSent).toBe(eventsSent);
  });

  test("the client has the effective size of the receive buffer", () => {
    expect(listen(setUp({ buffer: 1000, rmemMax: 600 })).receiveBufferBytes).toBe(1200);
  });
});

test.each([
  { errno: 1, code: "CAPABILITY_MISSING", name: "EPERM" },
  { errno: 3, code: "PROCESS_MISSING", name: "ESRCH" },
  { errno: 22, code: "QUERY_REFUSED", name: "EINVAL" },
])("a query refused with $name is $code", ({ errno, code, name }) => {
  const error = queryError("query", errno);
  expect(error.code).toBe(code);
  expect(error.message).toContain(`got ${name}`);
});
