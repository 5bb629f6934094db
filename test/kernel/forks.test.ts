/**
 * With fork events of the real kernel, the process of each exit record is known. Records of this kernel also name their process,
 * so both are compared.
 */

import { readFileSync } from "node:fs";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createCounters } from "../../src/collect/counters.ts";
import { createExitRecordReader, isMarkedLast } from "../../src/collect/exits/exit-record.ts";
import { createForks } from "../../src/collect/exits/forks.ts";
import type { TaskOwners } from "../../src/collect/exits/task-owners.ts";
import { createUnnamedRecords } from "../../src/collect/exits/unnamed-records.ts";
import { openProcessEvents, type ProcessEventClient, type ProcessEventKind } from "../../src/connector/client.ts";
import { fieldKeys } from "../../src/fields/fields.ts";
import { resolveFamily } from "../../src/netlink/family.ts";
import { openSocket } from "../../src/netlink/libc.ts";
import { createProcReader } from "../../src/procfs/read.ts";
import { createEventClient, type EventClient } from "../../src/taskstats/client.ts";
import type { Reception } from "../../src/taskstats/decode.ts";
import { createRecordReader } from "../../src/taskstats/record.ts";
import { during, endLives, own, startLife } from "../support/life.ts";
import { execFile as run, execFileSync } from "../support/processes.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { buildWorkload } from "../support/workloads.ts";

const onMalformed = (code: string): never => {
  throw new Error(code);
};

function listen(kind: ProcessEventKind, receiveBufferBytes = 2 ** 25): ProcessEventClient {
  return openProcessEvents({ open: openSocket }, { kind, receiveBufferBytes, slots: 256, onMalformed });
}

async function openExits(onTaken: () => void): Promise<EventClient> {
  const socket = openSocket({ receiveBufferBytes: 2 ** 25, slots: 256 });
  const familyId = await resolveFamily("TASKSTATS");
  const reader = createRecordReader(fieldKeys);
  const client = createEventClient({ socket, familyId, reader, onMalformed, onTaken });
  client.register(readFileSync("/sys/devices/system/cpu/possible", "utf8").trim());
  return client;
}

describeKernel("fork events", () => {
  const counters = createCounters();
  const proc = createProcReader("/proc");
  let owners: TaskOwners;
  let exits: EventClient;
  /** Exit records for which fork events give another process than the record itself. */
  let wrong: object[];
  let records: number;

  beforeEach(async () => {
    owners = createForks({ client: listen("fork"), proc, counters });
    exits = await openExits(owners.refresh);
    wrong = [];
    records = 0;
  });

  afterEach(async () => {
    owners.close();
    exits.close();
    await endLives();
  });

  const readEnd = createExitRecordReader();
  const arrival = { emptyAtUs: 0, epochUs: 0 };
  let truth: Reception;
  const compare = (tgid: number | undefined, last: boolean): void => {
    const { thread, tgid: named } = truth;
    const isLast = isMarkedLast(readEnd(truth, arrival));
    if (tgid !== named || last !== isLast) wrong.push({ tid: thread.id, tgid, named, last, isLast });
  };

  function drain(): void {
    const unnamed = createUnnamedRecords({
      owners,
      attribute: (tgid, _end, last) => compare(tgid, last),
      onUnattributed: () => compare(undefined, false),
    });
    const handle = (reception: Reception): void => {
      truth = reception;
      records++;
      unnamed.handle(readEnd(reception, arrival), reception.process.present ? reception.process.id : undefined);
    };
    while (exits.receive(handle) > 0);
  }

  /** Runs a workload to its end and takes exit records meanwhile. */
  async function watch(name: string, ...args: string[]): Promise<void> {
    await during(run(buildWorkload(name), args), async () => {
      drain();
      await exits.waitReadable(10);
    });
    drain();
  }

  test.each([
    { what: "threads", workload: ["storm", "20000"], least: 20_000 },
    { what: "processes", workload: ["storm", "5000", "--processes"], least: 5000 },
    { what: "programs", workload: ["spawn", "300", "--parallel", "4", "--", "/bin/true"], least: 300 },
    { what: "processes of several threads", workload: ["threads", "200", "8"], least: 1800 },
    { what: "processes whose leader ends first", workload: ["threads", "200", "8", "--leader-first"], least: 1800 },
  ])("tell of the ends of many $what what these say themselves", async ({ workload, least }) => {
    const [name = "", ...args] = workload;
    await watch(name, ...args);
    expect(wrong).toEqual([]);
    expect(records).toBeGreaterThanOrEqual(least);
    expect([exits.readDrops(), counters.forks]).toEqual([0, { lost: 0, unattributed: 0 }]);
  });

  test("name the process of a thread that execs in its leader's place, and execs again", async () => {
    const life = await startLife(own("heirs"));
    for (let round = 0; round < 3; round++) {
      await life.tell("threads 2 0");
      await life.tell("hand-over");
      await life.tell(`exec ${buildWorkload("life")}`);
      await life.tell("churn 20 0");
      drain();
    }
    await life.tell("hand-over-end");
    await life.end("exit 3");
    drain();
    expect(wrong).toEqual([]);
    expect(records).toBeGreaterThanOrEqual(3 * 23);
  });

  test("that were lost are counted, and live processes are known again", async () => {
    const before = counters.forks?.lost;
    const few = createForks({ client: listen("fork", 8192), proc, counters });
    const life = await startLife(own("forgotten"));
    await life.tell("threads 200 0");
    few.settle();
    expect(counters.forks?.lost).toBeGreaterThan(100);
    expect(before).toBe(0);
    const tids = proc.listThreads(life.pid) ?? [];
    expect(tids).toHaveLength(201);
    expect(tids.filter((tid) => few.ownerOf(tid) !== life.pid)).toEqual([]);
    expect(few.hasThreads(life.pid)).toBe(true);
    few.close();
    await life.end();
  });
});

describeKernel("exec events", () => {
  test("report each program that is started, and nothing else", async () => {
    const client = listen("exec");
    const seen: number[] = [];
    const take = (): void => {
      while (client.receive(({ pid }) => seen.push(pid)) > 0);
    };
    const wait = client.waitReadable(60_000);
    const children = Array.from({ length: 20 }, () => run("/bin/true"));
    const pids = children.map(({ child }) => child.pid);
    expect(await wait).toBe(true);
    await Promise.all(children);
    take();
    expect(pids.filter((pid) => !seen.includes(pid ?? 0))).toEqual([]);
    seen.length = 0;
    await run(buildWorkload("storm"), ["50000"]);
    take();
    // The threads of storm cause no exec event. Other programs of this machine cause far fewer than these are.
    expect(seen.length).toBeLessThan(25_000);
    client.close();
  });
});

describeKernel(
  "a listener for events of processes",
  () => {
    test("is refused in another network namespace", () => {
      const script = [
        `import { openProcessEvents } from ${JSON.stringify(new URL("../../src/connector/client.ts", import.meta.url))};`,
        `import { openSocket } from ${JSON.stringify(new URL("../../src/netlink/libc.ts", import.meta.url))};`,
        "const options = { kind: 'fork', receiveBufferBytes: 65536, slots: 1, onMalformed() {} };",
        "try { openProcessEvents({ open: openSocket }, options); } catch (error) { console.log(error.message); }",
      ].join("\n");
      const node = [process.execPath, "--import", "tsx", "--input-type=module", "-e", script];
      const text = execFileSync("unshare", ["--net", ...node], {
        encoding: "utf8",
        env: { PATH: process.env["PATH"] },
      });
      expect(text).toMatch(
        /^CONNECTOR_NAMESPACE at process connector, fork events: .*got ECONNREFUSED; start the exporter/,
      );
    });
  },
  { needs: ["unshare"] },
);
