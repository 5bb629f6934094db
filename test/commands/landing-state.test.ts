import { afterEach, expect, test } from "@jest/globals";
import { createLandingState } from "../../src/commands/landing-state.ts";
import { createFakeExporter, startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";

const options = { version: "1.2.3", countSeries: () => 42 };

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

test("there is no state before the exporter has started", async () => {
  fake = createFakeExporter(createFakeKernel());
  expect(await createLandingState(fake.exporter, options)()).toBeUndefined();
});

test("the state is the exporter's, with its version", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  expect(await createLandingState(fake.exporter, options)()).toMatchObject({
    ...{ version: "1.2.3", series: 42, exitsUp: true, delayacctEnabled: true, processes: 1, groups: 1 },
    ...{ exitsDownReason: undefined, hiddenReason: undefined, pods: undefined, privileges: undefined },
  });
});

test("each group has its processes, found by a collection of the moment", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  const look = createLandingState(fake.exporter, options);
  const { tgid } = kernel.fork({ comm: "bash" });
  const bash = (await look())?.activities.find(({ group }) => group.labels["groupname"] === "bash");
  expect(bash?.members).toEqual([{ tgid, comm: "bash", reason: "its command" }]);
});

test("a group whose processes have all exited is listed without processes", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  const look = createLandingState(fake.exporter, options);
  const { tgid } = kernel.fork({ comm: "bash" });
  await look();
  kernel.endProcess(tgid);
  const bash = (await look())?.activities.find(({ group }) => group.labels["groupname"] === "bash");
  expect(bash?.members).toEqual([]);
});

test("rates are those since the last look: what happened before it is not in them", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  const look = createLandingState(fake.exporter, options);
  kernel.endProcess(kernel.fork({ comm: "bash" }).tgid);
  const endsPerSecond = async (): Promise<number | undefined> =>
    (await look())?.activities.find(({ group }) => group.labels["groupname"] === "bash")?.endsPerSecond;
  expect(await endsPerSecond()).toBeGreaterThan(0);
  expect(await endsPerSecond()).toBe(0);
});

test("there is no state when the exporter ends during the collection", async () => {
  const kernel = createFakeKernel();
  fake = await startFakeExporter(kernel);
  const looking = createLandingState(fake.exporter, options)();
  await fake.exporter.end(600_000);
  expect(await looking).toBeUndefined();
});
