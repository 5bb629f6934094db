import { afterEach, expect, test } from "@jest/globals";
import { cpus, hostname } from "node:os";
import { createLive, type Live } from "../../src/commands/live.ts";
import { createFakeExporter, startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";

let fake: FakeExporter | undefined;
let live: Live | undefined;
afterEach(() => {
  live?.stop();
  fake?.stop();
  [fake, live] = [undefined, undefined];
});

const failures: unknown[] = [];
const options = { version: "1.2.3", onError: (error: unknown): void => void failures.push(error) };

test("there is no look, and a sample fails, before the exporter has started", async () => {
  fake = createFakeExporter(createFakeKernel());
  live = createLive(fake.exporter, options);
  await live.start();
  expect(live.look()).toBeUndefined();
  expect(failures).toMatchObject([{ code: "NOT_READY" }]);
});

test("a look has the groups of a started exporter, those whose processes have exited included, and this machine", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  kernel.endProcess(kernel.fork({ comm: "brief" }).tgid);
  kernel.fork({ comm: "bash" });
  live = createLive(fake.exporter, options);
  await live.start();
  const view = live.look()?.view;
  expect(view).toMatchObject({ version: "1.2.3", hostname: hostname(), span: undefined });
  expect(view?.groups.map(({ labels, processes }) => [labels["groupname"], processes])).toEqual(
    expect.arrayContaining([
      ["brief", 0],
      ["bash", 1],
    ]),
  );
});

test("the CPUs are all of the machine, also those that this process may not use", async () => {
  fake = await startFakeExporter(createFakeKernel());
  live = createLive(fake.exporter, options);
  await live.start();
  expect(live.look()?.view.cpus).toBeGreaterThanOrEqual(cpus().length);
});
