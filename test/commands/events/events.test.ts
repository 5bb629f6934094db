/** `events` on the fake kernel: what is shown in which order, and how it ends. */

import { afterEach, expect, test } from "@jest/globals";
import { showEvents, type EventsOptions } from "../../../src/commands/events/events.ts";
import { createExitJson } from "../../../src/commands/events/exit-json.ts";
import { createExitStream } from "../../../src/commands/events/exit-stream.ts";
import type { ShownExits } from "../../../src/commands/events/exit-filter.ts";
import type { Sink } from "../../../src/output/line-writer.ts";
import { createFakeExporter, type FakeExporter, type FakeExporterOptions } from "../../support/fake-exporter.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { until } from "../../support/until.ts";

let fake: FakeExporter | undefined;
afterEach(() => fake?.stop());

interface Situation extends FakeExporterOptions {
  readonly shown?: Partial<ShownExits>;
  readonly sink?: Sink;
  readonly hasReader?: () => boolean;
}

type Line = Readonly<Record<string, unknown>>;

/** Runs the command on a kernel. */
function setUp({ shown: wanted, sink, hasReader = () => true, ...options }: Situation = {}) {
  const kernel = createFakeKernel();
  const shown = { groups: [], codes: [], minLifetimeMs: undefined, maxLifetimeMs: undefined, ...wanted };
  let written = "";
  const keep: Sink = (text, done) => {
    written += text;
    done(true);
  };
  const stream = createExitStream({ sink: sink ?? keep, format: createExitJson(kernel.clock.unixSeconds), shown });
  fake = createFakeExporter(kernel, { ...options, exitsRequired: true, hooks: stream.hooks });
  const { exporter } = fake;
  const said: string[] = [];
  let signal: (name: string) => void = () => undefined;
  const show: EventsOptions = {
    ...{ exporter, stream, shown, hasReader },
    signal: new Promise((resolve) => (signal = resolve)),
    say: (line) => said.push(line),
  };
  const ended = showEvents(show);
  const lines = (): readonly Line[] =>
    written
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Line);
  const started = (): Promise<void> => until(() => said.length > 0);
  return { kernel, said, ended, lines, started, signal: () => signal("SIGINT") };
}

type Kernel = ReturnType<typeof createFakeKernel>;

/** A process that lives for so long and exits with this wait status. */
function run(kernel: Kernel, comm: string, { status = 0, lifetimeUs = 1000, ppid = 1 } = {}): number {
  const { tgid } = kernel.fork({ comm, ppid });
  kernel.advance(lifetimeUs);
  kernel.endProcess(tgid, { status });
  return tgid;
}

test("each process that exits is shown in order, whole and once, and threads are not", async () => {
  const { kernel, lines, ended, started, signal, said } = setUp();
  await started();
  expect(said).toEqual(["showing each process that exits, but no threads; Ctrl-C ends it"]);
  const parent = kernel.fork({ comm: "server" }).tgid;
  const first = run(kernel, "job", { status: 0x0300, ppid: parent, lifetimeUs: 2500 });
  kernel.endThread(kernel.startThread(parent).tid);
  const { tgid: second } = kernel.fork({ comm: "job", figures: { cpu_run_virtual_total: 70_000 } });
  kernel.add(second, { blkio_delay_total: 900, cpu_delay_total: 800 });
  kernel.advance(1000);
  kernel.endProcess(second, { status: 0x8b });
  signal();
  await ended;
  expect(lines()).toEqual([
    expect.objectContaining({
      ...{ tgid: first, ppid: parent, comm: "job", labels: { groupname: "job" } },
      ...{ reason: "exited", code: "3", lifetime_seconds: 0.0025 },
    }),
    expect.objectContaining({
      ...{ tgid: second, ppid: 1, reason: "dumped", code: "SIGSEGV" },
      ...{ cpu_seconds: 0.00007, longest_wait: { kind: "blkio", seconds: 9e-7 } },
    }),
  ]);
});

test("only what the filters let through is shown, and the first message says what that is", async () => {
  const { kernel, lines, ended, started, signal, said } = setUp({
    shown: { groups: ["jo*"], codes: ["failed"], minLifetimeMs: 2 },
  });
  await started();
  expect(said[0]).toContain("exits (group jo*, code failed, lifetime from 2.0 ms), but");
  run(kernel, "job", { status: 9, lifetimeUs: 1999 });
  const shown = run(kernel, "job", { status: 9, lifetimeUs: 2000 });
  run(kernel, "job", { lifetimeUs: 2000 });
  run(kernel, "web", { status: 9, lifetimeUs: 2000 });
  signal();
  await ended;
  expect(lines().map(({ tgid }) => tgid)).toEqual([shown]);
});

test("processes that no rule shows are not shown", async () => {
  const { kernel, lines, ended, started, signal } = setUp({
    groupingRules: { maxGroups: 1 },
    kernelThreads: false,
  });
  await started();
  kernel.endProcess(kernel.fork({ comm: "kworker", ppid: 2, kernelThread: true }).tgid);
  run(kernel, "a");
  signal();
  await ended;
  expect(lines()).toHaveLength(1);
});

test("what is lost is told where it was lost, and shown and lost exits add up", async () => {
  const { kernel, lines, ended, started, signal } = setUp({ discoveryIntervalMs: 3_600_000 });
  await started();
  run(kernel, "before");
  await until(() => lines().length === 1);
  kernel.faults.pass = (datagram, kind) => (kind.includes("event") ? undefined : datagram);
  for (let count = 0; count < 12; count++) run(kernel, "lost");
  kernel.faults.pass = (datagram) => datagram;
  run(kernel, "after");
  signal();
  await ended;
  const told = lines().map(({ comm, lost }) => comm ?? lost);
  expect(told).toEqual(["before", 12, "after"]);
});

test("exits that happened before the signal are shown, though it comes at once", async () => {
  const { kernel, lines, ended, started, signal } = setUp();
  await started();
  for (let count = 0; count < 200; count++) run(kernel, "quick");
  signal();
  await ended;
  expect(new Set(lines().map(({ tgid }) => tgid)).size).toBe(200);
});

test("an interruption of exit events is told in its place, and the end of it", async () => {
  const { kernel, lines, ended, started, signal } = setUp();
  await started();
  kernel.sockets.at(-1)?.failNext("ENOMEM");
  run(kernel, "later");
  await until(() => lines().length >= 3);
  signal();
  await ended;
  expect(lines()).toEqual([
    expect.objectContaining({ interrupted: expect.stringMatching(/SOCKET_FAILED.*ENOMEM/) as unknown }),
    expect.objectContaining({ resumed: true }),
    expect.objectContaining({ comm: "later" }),
  ]);
});

test("the command ends when nobody reads any more, though no exit is shown", async () => {
  let reads = true;
  const { ended, started, said } = setUp({ hasReader: () => reads });
  await started();
  reads = false;
  await ended;
  expect(said).toHaveLength(1);
});

const failing =
  (code: string): Sink =>
  (_text, done) =>
    done(false, Object.assign(new Error(code), { code }));

test("the command ends quietly when a write finds that the reader has gone", async () => {
  const { kernel, ended, started, said } = setUp({ sink: failing("EPIPE") });
  await started();
  run(kernel, "job");
  await ended;
  expect(said).toHaveLength(1);
});

test("a full disk ends the command with an error", async () => {
  const { kernel, ended, started } = setUp({ sink: failing("ENOSPC") });
  const outcome = expect(ended).rejects.toThrow(/OUTPUT_FAILED at standard output.*ENOSPC/);
  await started();
  run(kernel, "job");
  await outcome;
});

test("what a slow reader has not had at the end is told on standard error", async () => {
  const { kernel, ended, started, said, signal } = setUp({ sink: () => undefined });
  await started();
  run(kernel, "job");
  signal();
  await ended;
  expect(said.slice(1)).toEqual(["lines that are not shown, since the reader is too slow: 1"]);
});

test("a start that fails is the error of the command, and nothing is shown", async () => {
  const kernel = createFakeKernel();
  kernel.faults.silent = true;
  const stream = createExitStream({
    sink: () => {
      throw new Error("something is shown");
    },
    format: createExitJson(() => 0),
    shown: { groups: [], codes: [], minLifetimeMs: undefined, maxLifetimeMs: undefined },
  });
  fake = createFakeExporter(kernel, { exitsRequired: true, hooks: stream.hooks });
  const said: string[] = [];
  const { exporter } = fake;
  const shown = { groups: [], codes: [], minLifetimeMs: undefined, maxLifetimeMs: undefined };
  const never = new Promise<string>(() => undefined);
  await expect(
    showEvents({ exporter, stream, shown, signal: never, hasReader: () => true, say: (line) => said.push(line) }),
  ).rejects.toThrow("NETWORK_NAMESPACE");
  expect(said).toEqual([]);
});
