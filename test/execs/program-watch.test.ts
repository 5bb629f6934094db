/** What the watcher's thread makes of events, on a fake kernel. */

import { afterEach, describe, expect, test } from "@jest/globals";
import type { FactName } from "../../src/classify/process-facts.ts";
import { createProgramWatch, replayBatch, type ProgramWatch } from "../../src/execs/program-watch.ts";
import { openProcessEvents, type ProcessEventClient } from "../../src/connector/client.ts";
import { createCmdlineReader } from "../../src/procfs/cmdline.ts";
import { createProcReader } from "../../src/procfs/read.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import type { FakeProcess } from "../support/fake-processes.ts";
import { createFakeProc, type FakeProc } from "../support/fake-proc.ts";

let proc: FakeProc | undefined;
afterEach(() => {
  proc?.dispose();
  proc = undefined;
});

interface Stage {
  readonly kernel: FakeKernel;
  readonly watch: ProgramWatch;
  readonly client: ProcessEventClient;
  /** Takes what is queued, and returns the batch in words. @param lost events that the kernel has dropped until then */
  report(lost?: number): string[];
  /** Processes that the watch announced before it read them. */
  readonly announced: readonly number[];
}

/** @param older creates processes that are older than the watch */
function start(facts: readonly FactName[] = ["argv"], older: (kernel: FakeKernel) => void = () => undefined): Stage {
  const kernel = createFakeKernel();
  proc = createFakeProc(kernel);
  older(kernel);
  const onMalformed = (): void => undefined;
  const client = openProcessEvents(kernel, { kind: "program", receiveBufferBytes: 2 ** 20, slots: 4, onMalformed });
  const announced: number[] = [];
  const watch = createProgramWatch({
    proc: { ...createProcReader(proc.root), readCmdline: createCmdlineReader(proc.root) },
    onExecs: (tgids) => void announced.push(...tgids),
    facts: new Set(facts),
    nowUs: () => kernel.clock.monotonicUs(),
    toClockUs: (kernelUs) => kernelUs,
  });
  return {
    ...{ kernel, watch, client, announced },
    report(lost = 0) {
      watch.take(client);
      const details: string[] = [];
      replayBatch(watch.takeBatch(lost), {
        fork: (parent, child) => void details.push(`${parent} forks ${child}`),
        exec: ({ tgid, argv }) => void details.push(`${tgid} starts ${argv?.join(" ") ?? "?"}`),
        revisit: ({ snapshot: { tgid, argv }, ranUs }) =>
          void details.push(`${tgid} is ${argv?.join(" ") ?? "?"} ${ranUs === undefined ? "" : `at ${ranUs}`}`.trim()),
        gap: () => void details.push("gap"),
      });
      return details;
    },
  };
}

/** A process that starts a program. */
function startProgram({ fork, exec }: FakeKernel, tgid: number, cmdline: readonly string[], ppid = 1): void {
  fork({ tgid, ppid });
  exec(tgid, { comm: "prog", cmdline });
}

describe("events", () => {
  test("are reported in their order, forks among execs", () => {
    const { kernel, report } = start();
    startProgram(kernel, 501, ["sh", "script"]);
    kernel.fork({ tgid: 502, ppid: 501 });
    kernel.exec(502, { comm: "prog", cmdline: ["cat", "x"] });
    kernel.fork({ tgid: 503, ppid: 501 });
    kernel.exec(501, { comm: "prog", cmdline: ["true"] });
    kernel.fork({ tgid: 504, ppid: 501 });
    expect(report()).toEqual([
      ...["1 forks 501", "501 starts true", "501 forks 502", "502 starts cat x", "501 forks 503", "501 starts true"],
      "501 forks 504",
    ]);
  });

  test("of threads are not reported", () => {
    const { kernel, report } = start();
    startProgram(kernel, 501, ["server"]);
    kernel.startThread(501);
    expect(report()).toEqual(["1 forks 501", "501 starts server"]);
  });
});

describe("a forked process", () => {
  test("is revisited as it gets older; a revisit reports its command line and its age without waits", () => {
    const { kernel, report } = start();
    startProgram(kernel, 501, ["server"]);
    report();
    kernel.fork({ tgid: 502, ppid: 501, cmdline: ["server"], figures: { cpu_count: 1, cpu_delay_total: 100_000 } });
    expect(report()).toEqual(["501 forks 502"]);
    kernel.advance(150);
    expect(report()).toEqual(["502 is server at 50"]);
    (kernel.processes.get(502) as FakeProcess).cmdline = ["server: session"];
    kernel.rename(502, "prog");
    kernel.advance(850);
    expect(report()).toEqual(["502 is server: session at 900"]);
  });

  test("that has not run yet is reported with the age 0", () => {
    const { kernel, report } = start();
    startProgram(kernel, 501, ["server"]);
    kernel.fork({ tgid: 502, ppid: 501, cmdline: ["server"] });
    report();
    kernel.advance(1000);
    expect(report()).toContain("502 is server at 0");
  });

  test("is not revisited any more when it has exited or started a program", () => {
    const { kernel, watch, report } = start();
    startProgram(kernel, 501, ["server"]);
    kernel.fork({ tgid: 502, ppid: 501 });
    kernel.fork({ tgid: 503, ppid: 501 });
    report();
    kernel.endProcess(502);
    kernel.exec(503, { comm: "prog", cmdline: ["other"] });
    kernel.advance(300);
    expect(report()).toEqual(["503 starts other"]);
    kernel.advance(1e6);
    expect(report()).toEqual([]);
    expect(watch.nextInMs).toBe(Infinity);
  });

  test.each([
    { what: "of a shell", facts: ["argv"], argv: ["/bin/sh", "x"] },
    { what: "where no rule asks for a command line", facts: ["cgroups"], argv: ["server"] },
  ] as const)("$what is never revisited", ({ facts, argv }) => {
    const { kernel, watch, report } = start(facts);
    startProgram(kernel, 501, argv);
    report();
    kernel.advance(300);
    report();
    kernel.fork({ tgid: 502, ppid: 501 });
    report();
    expect([watch.nextInMs, watch.isPendingSince(Infinity)]).toEqual([Infinity, false]);
  });
});

describe("a process that is older than the watcher", () => {
  const older = ({ fork }: FakeKernel): void => void fork({ tgid: 400, cmdline: ["bash"] });

  test("is read when it forks, and reported when no exec has come for five milliseconds", () => {
    const { kernel, watch, report } = start(["argv"], older);
    kernel.fork({ tgid: 501, ppid: 400 });
    expect(report()).toEqual(["400 forks 501"]);
    expect(watch.isPendingSince(Infinity)).toBe(true);
    expect(watch.isPendingSince(kernel.clock.monotonicUs() - 1)).toBe(false);
    kernel.advance(5000);
    expect(watch.nextInMs).toBe(0);
    expect(report()).toEqual(["400 is bash"]);
    kernel.fork({ tgid: 502, ppid: 400 });
    expect([report(), watch.isPendingSince(Infinity)]).toEqual([["400 forks 502"], false]);
  });

  test("is not reported as it was read when it has started another program meanwhile", () => {
    const { kernel, report } = start(["argv"], older);
    kernel.fork({ tgid: 501, ppid: 400 });
    report();
    kernel.exec(400, { comm: "prog", cmdline: ["other"] });
    kernel.advance(5000);
    expect(report().filter((details) => details.startsWith("400"))).toEqual(["400 starts other"]);
  });
});

describe("after events were lost", () => {
  test("the gap is reported after what was seen before, and parents that were known are read again", () => {
    const { kernel, report } = start();
    startProgram(kernel, 501, ["bash"]);
    kernel.fork({ tgid: 502, ppid: 501 });
    expect(report(3)).toEqual(["1 forks 501", "501 starts bash", "501 forks 502", "gap"]);
    kernel.fork({ tgid: 503, ppid: 501 });
    report(3);
    kernel.advance(5000);
    expect(report(3)).toEqual(["501 is bash"]);
    kernel.fork({ tgid: 504, ppid: 501 });
    expect(report(3)).toEqual(["501 forks 504"]);
  });
});

describe("a successor of a thread that is stuck", () => {
  test("reports the programs that the stuck thread had received, and knows parents from there", () => {
    const { kernel, watch, client, announced, report } = start();
    startProgram(kernel, 501, ["bash"]);
    // The stuck thread has received this.
    while (client.receive(() => undefined) > 0);
    watch.resume([501]);
    kernel.fork({ tgid: 502, ppid: 501 });
    kernel.fork({ tgid: 503, ppid: 502 });
    expect([report(), announced]).toEqual([["501 starts bash", "501 forks 502", "502 forks 503"], [501]]);
    expect(watch.nextInMs).toBe(Infinity);
  });
});
