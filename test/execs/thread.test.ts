/** The program of the watcher's thread, run in this thread on a fake kernel, turn by turn. */

import { afterEach, describe, expect, jest, test } from "@jest/globals";
import * as threads from "node:worker_threads";
import type { FakeKernel } from "../support/fake-kernel.ts";
import type { FakeSocket } from "../support/fake-socket.ts";
import type { WatchNews, WatchOrder, WatchTask } from "../../src/execs/messages.ts";
import type { Backlog } from "../../src/execs/backlog.ts";
import type { PulseView } from "../../src/procfs/pulse.ts";
import type { SocketOptions } from "../../src/netlink/socket.ts";

interface Stage {
  readonly kernel: FakeKernel;
  readonly backlog: Backlog;
  readonly pulse: PulseView;
  /** The socket of the thread. */
  readonly socket: FakeSocket;
}

/** One step before a turn of the thread: an order for the thread, or a function. A function is the last step before its turn. */
type Step = WatchOrder | ((stage: Stage) => void);

interface Run {
  /** What the thread has reported, in words. */
  readonly reported: readonly string[];
  readonly stage: Stage;
  readonly closed: boolean;
  /** The options with which the thread opened its sockets. */
  readonly opened: readonly SocketOptions[];
}

let dispose = (): void => undefined;
afterEach(() => {
  dispose();
  dispose = () => undefined;
  jest.resetModules();
});

interface RunOptions {
  readonly handover?: WatchTask["handover"];
  /** Is called before the thread begins. */
  readonly before?: (kernel: FakeKernel, backlog: Backlog) => void;
}

/** Runs the thread until the steps are over, and it is ordered to end. */
async function run(steps: readonly Step[], { handover, before }: RunOptions = {}): Promise<Run> {
  jest.resetModules();
  const reported: string[] = [];
  const opened: SocketOptions[] = [];
  const left = [...steps];
  let [closed, stage]: [boolean, Stage | undefined] = [false, undefined];

  function receiveMessageOnPort(): { readonly message: WatchOrder } | undefined {
    if (left.length === 0) return { message: { kind: "end" } };
    const step = left.shift() as Step;
    if (typeof step !== "function") return { message: step };
    step(stage as Stage);
    return undefined;
  }

  // Loaded again together with the thread: both must have the same class of errors.
  const { createFakeKernel } = await import("../support/fake-kernel.ts");
  const { createFakeProc } = await import("../support/fake-proc.ts");
  const { createWatchMemory, openBacklog } = await import("../../src/execs/backlog.ts");
  const { replayBatch } = await import("../../src/execs/program-watch.ts");
  const { viewPulse } = await import("../../src/procfs/pulse.ts");
  const kernel = createFakeKernel();
  const proc = createFakeProc(kernel);
  dispose = proc.dispose;
  const memory = createWatchMemory();
  const backlog = openBacklog(memory);
  // A stuck thread leaves a socket that listens already.
  const { openProcessEvents } = await import("../../src/connector/client.ts");
  let inherited: FakeSocket | undefined;
  if (handover !== undefined) {
    const open = (options: SocketOptions): FakeSocket => (inherited = kernel.open(options) as FakeSocket);
    openProcessEvents(
      { open },
      { kind: "program", receiveBufferBytes: 2 ** 20, slots: 4, onMalformed: () => undefined },
    );
  }
  before?.(kernel, backlog);

  function handle(news: WatchNews): void {
    if (news.kind === "watching") reported.push(`watching${news.prompt ? " with priority" : ""}`);
    if (news.kind === "failed") reported.push(`failed ${news.code} ${news.details.got}`);
    if (news.kind === "caught-up") reported.push(`caught up ${news.turn}`);
    if (news.kind !== "seen") return;
    replayBatch(news.batch, {
      fork: (parent, child) => void reported.push(`${parent} forks ${child}`),
      exec: ({ tgid, argv }) => void reported.push(`${tgid} starts ${argv?.join(" ") ?? "?"}`),
      revisit: ({ snapshot }) => void reported.push(`${snapshot.tgid} is ${snapshot.argv?.join(" ") ?? "?"}`),
      gap: () => void reported.push(`gap of ${news.lost}`),
    });
  }

  const port = { postMessage: handle, close: () => void (closed = true) };
  const workerData = { procRoot: proc.root, facts: new Set(["argv"]), originUs: 0, port, memory, handover };
  jest.unstable_mockModule("node:worker_threads", () => ({ ...threads, receiveMessageOnPort, workerData }));
  jest.unstable_mockModule("../../src/netlink/libc.ts", () => ({
    runFirst: () => true,
    openSocket(options: SocketOptions) {
      opened.push(options);
      const socket = inherited ?? (kernel.open(options) as FakeSocket);
      stage = { kernel, backlog, pulse: viewPulse(memory), socket };
      return socket;
    },
  }));
  await import("../../src/execs/thread.ts");
  return { reported, stage: stage as unknown as Stage, closed, opened };
}

function startProgram({ kernel }: Stage, tgid: number, ...cmdline: readonly string[]): void {
  kernel.fork({ tgid, ppid: 1 });
  kernel.exec(tgid, { comm: "prog", cmdline });
}

const turn: Step = () => undefined;

describe("the thread", () => {
  test("says that it watches, and at its end closes its socket and its port", async () => {
    const { reported, stage, closed } = await run([turn]);
    expect([reported, stage.socket.closed, closed]).toEqual([["watching with priority"], true, true]);
  });

  test("says why it cannot watch, and ends", async () => {
    const { reported, closed } = await run([turn], { before: ({ faults }) => (faults.refuseListen = 1) });
    expect([reported, closed]).toEqual([["failed CONNECTOR_REFUSED EPERM"], true]);
  });

  test("reports execs and forks in their order, and none of them is in the backlog any more", async () => {
    const { reported, stage } = await run([
      (stage) => startProgram(stage, 501, "sh", "-c", "x"),
      turn,
      ({ kernel }) => void kernel.fork({ tgid: 502, ppid: 501 }),
      turn,
    ]);
    expect(reported.slice(1)).toEqual(["1 forks 501", "501 starts sh -c x", "501 forks 502"]);
    expect(stage.backlog.list()).toEqual([]);
  });

  test("reports what it has not reported yet when it is ordered to end", async () => {
    const { reported } = await run([
      (stage) => startProgram(stage, 501, "a"),
      (stage) => startProgram(stage, 502, "b"),
    ]);
    expect(reported.filter((line) => line.includes("starts"))).toEqual(["501 starts a", "502 starts b"]);
  });

  test("answers that it has caught up when it has reported all that was queued before", async () => {
    const { reported } = await run([
      { kind: "catch-up", turn: 7 },
      { kind: "catch-up", turn: 8 },
      (stage) => startProgram(stage, 501, "a"),
      (stage) => startProgram(stage, 502, "b"),
    ]);
    expect(reported.indexOf("caught up 7")).toBeGreaterThan(reported.indexOf("501 starts a"));
    expect(reported.slice(reported.indexOf("caught up 7"))).toEqual([
      ...["caught up 7", "caught up 8", "1 forks 502", "502 starts b"],
    ]);
  });

  test("reports how many events the kernel has dropped", async () => {
    const { reported } = await run([
      (stage) => {
        startProgram(stage, 501, "a");
        stage.socket.drop(3);
      },
    ]);
    expect(reported.slice(1)).toEqual(["1 forks 501", "501 starts a", "gap of 3"]);
  });

  test("reads no command lines where the exporter has too many stuck threads", async () => {
    const { reported } = await run([(stage) => startProgram(stage, 501, "a")], {
      before: (_kernel, backlog) => (backlog.cautious = true),
    });
    expect(reported).toContain("501 starts ?");
  });
});

test("a thread that was given up while it read reports nothing more, and leaves its backlog and its socket to the next", async () => {
  const { reported, stage, closed } = await run([
    (stage) => {
      startProgram(stage, 501, "a");
      stage.pulse.giveUp();
    },
    (stage) => startProgram(stage, 502, "b"),
  ]);
  expect([reported, closed]).toEqual([["watching with priority"], true]);
  expect([stage.backlog.list(), stage.socket.closed]).toEqual([[501], false]);
});

test("a successor goes on with the socket and the backlog, and reads no command line in which a thread is stuck", async () => {
  const { reported, opened } = await run([(stage) => startProgram(stage, 503, "c")], {
    handover: { descriptor: 33, tgids: [501, 502], blocked: new Set([501]) },
    before(kernel) {
      kernel.fork({ tgid: 501, cmdline: ["a"] });
      kernel.fork({ tgid: 502, cmdline: ["b"] });
    },
  });
  expect(opened).toMatchObject([{ descriptor: 33 }]);
  expect(reported.filter((line) => line.includes("starts"))).toEqual(["501 starts ?", "502 starts b", "503 starts c"]);
});
