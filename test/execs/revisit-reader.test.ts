/** What a look at a forked process tells of how far it has come. */

import { afterEach, expect, test } from "@jest/globals";
import { readRevisit } from "../../src/execs/revisit-reader.ts";
import { createCmdlineReader } from "../../src/procfs/cmdline.ts";
import { createProcReader } from "../../src/procfs/read.ts";
import { createFakeKernel, type FakeKernel } from "../support/fake-kernel.ts";
import { createFakeProc, type FakeProc } from "../support/fake-proc.ts";

let proc: FakeProc | undefined;
afterEach(() => {
  proc?.dispose();
  proc = undefined;
});

function start(): { readonly kernel: FakeKernel; look(): ReturnType<typeof readRevisit>; readonly proc: FakeProc } {
  const kernel = createFakeKernel();
  const fake = (proc = createFakeProc(kernel));
  const forkedAtUs = kernel.clock.monotonicUs();
  kernel.fork({ tgid: 500, cmdline: ["server"] });
  kernel.advance(1000);
  const nowUs = (): number => kernel.clock.monotonicUs();
  const reader = { ...createProcReader(fake.root), readCmdline: createCmdlineReader(fake.root) };
  const look = () => readRevisit(reader, { tgid: 500, forkedAtUs }, { facts: new Set(["argv"]), nowUs });
  return { kernel, look, proc: fake };
}

/** A process's files as the kernel shows them in this state. */
function show({ root, write }: FakeProc, state: string, schedstat: string): void {
  const stat = createProcReader(root).readText("500/stat") ?? "";
  write("500/stat", stat.replace(/\) [A-Z] /, `) ${state} `));
  write("500/schedstat", schedstat);
}

test.each([
  { what: "that has had no CPU yet has come nowhere", state: "R", schedstat: "0 0 0", ranUs: 0 },
  {
    what: "whose first turn on a CPU is not counted yet may have done nothing",
    state: "R",
    schedstat: "0 200000 1",
    ranUs: 0,
  },
  { what: "that lost its CPU at once may have done nothing", state: "R", schedstat: "100000 0 2", ranUs: 0 },
  {
    what: "that is ready to run, and may be waiting, has come as far as it ran",
    state: "R",
    schedstat: "300000 0 2",
    ranUs: 300,
  },
  { what: "that sleeps has come to its sleep", state: "S", schedstat: "50000 100000 1", ranUs: 900 },
  { what: "of which the kernel keeps no account has come nowhere", state: "S", schedstat: "", ranUs: 0 },
])("a process $what", ({ state, schedstat, ranUs }) => {
  const { look, proc: fake } = start();
  show(fake, state, schedstat);
  expect(look()).toMatchObject({ ranUs, snapshot: { tgid: 500, argv: ["server"] } });
});

test("one that has started a program, or is ending, is left alone", () => {
  for (const change of ["exec", "end"] as const) {
    const { kernel, look } = start();
    if (change === "exec") kernel.exec(500, { comm: "other", cmdline: ["other"] });
    else kernel.endProcess(500, { reap: false });
    expect(look()).toBeUndefined();
    proc?.dispose();
    proc = undefined;
  }
});
