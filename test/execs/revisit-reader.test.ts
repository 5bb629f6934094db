/** How far a forked process had come when it was revisited. */

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

function start(): { readonly kernel: FakeKernel; revisit(): ReturnType<typeof readRevisit>; readonly proc: FakeProc } {
  const kernel = createFakeKernel();
  const fake = (proc = createFakeProc(kernel));
  const forkedAtUs = kernel.clock.monotonicUs();
  kernel.fork({ tgid: 500, cmdline: ["server"] });
  kernel.advance(1000);
  const nowUs = (): number => kernel.clock.monotonicUs();
  const reader = { ...createProcReader(fake.root), readCmdline: createCmdlineReader(fake.root) };
  const revisit = () => readRevisit(reader, { tgid: 500, forkedAtUs }, { facts: new Set(["argv"]), nowUs });
  return { kernel, revisit, proc: fake };
}

/** Writes the files of the process as the kernel shows them in this state. */
function show({ root, write }: FakeProc, state: string, schedstat: string): void {
  const stat = createProcReader(root).readText("500/stat") ?? "";
  write("500/stat", stat.replace(/\) [A-Z] /, `) ${state} `));
  write("500/schedstat", schedstat);
}

test.each([
  { what: "that has had no CPU yet has done nothing", state: "R", schedstat: "0 0 0", ranUs: 0 },
  {
    what: "whose first turn on a CPU is not counted yet may have done nothing",
    state: "R",
    schedstat: "0 200000 1",
    ranUs: 0,
  },
  { what: "that lost its CPU at once may have done nothing", state: "R", schedstat: "100000 0 2", ranUs: 0 },
  {
    what: "that is ready to run counts its run time alone, since it may be waiting",
    state: "R",
    schedstat: "300000 0 2",
    ranUs: 300,
  },
  { what: "that sleeps counts its age without its waits", state: "S", schedstat: "50000 100000 1", ranUs: 900 },
  { what: "for which the kernel has no figures may have done nothing", state: "S", schedstat: "", ranUs: 0 },
])("a process $what", ({ state, schedstat, ranUs }) => {
  const { revisit, proc: fake } = start();
  show(fake, state, schedstat);
  expect(revisit()).toMatchObject({ ranUs, snapshot: { tgid: 500, argv: ["server"] } });
});

test("a process that has started a program, or is exiting, needs no more revisits", () => {
  for (const change of ["exec", "end"] as const) {
    const { kernel, revisit } = start();
    if (change === "exec") kernel.exec(500, { comm: "other", cmdline: ["other"] });
    else kernel.endProcess(500, { reap: false });
    expect(revisit()).toBeUndefined();
    proc?.dispose();
    proc = undefined;
  }
});
