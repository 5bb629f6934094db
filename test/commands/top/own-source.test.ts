import { afterEach, expect, test } from "@jest/globals";
import { createOwnSource } from "../../../src/commands/top/own-source.ts";
import type { ViewSource } from "../../../src/commands/top/source.ts";
import { createFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";

let fake: FakeExporter | undefined;
let source: ViewSource | undefined;
afterEach(() => {
  source?.stop();
  fake?.stop();
  [source, fake] = [undefined, undefined];
});

const options = { version: "1.2.3", origin: "own", seconds: 0.01 };

test("its first view is the baseline, and the next one has rates and the exits of processes that nobody saw", async () => {
  const kernel = createFakeKernel();
  fake = createFakeExporter(kernel);
  source = createOwnSource({ ...options, exporter: fake.exporter });
  expect(await source.next()).toMatchObject({ version: "1.2.3", span: undefined });
  kernel.endProcess(kernel.fork({ comm: "brief" }).tgid);
  const view = await source.next();
  const brief = view.groups.find(({ labels }) => labels["groupname"] === "brief");
  expect(brief).toMatchObject({ processes: 0 });
  expect([view.span, brief?.exits].every((figure) => (figure ?? 0) > 0)).toBe(true);
});

test("a start that fails is an error", async () => {
  const exporter = {
    ...createFakeExporter(createFakeKernel()).exporter,
    start: () => Promise.reject(new Error("no root")),
  };
  await expect(createOwnSource({ ...options, exporter }).next()).rejects.toThrow("no root");
});

test("a first sample that fails is an error, and a later one shows the view of before with what is wrong", async () => {
  fake = createFakeExporter(createFakeKernel());
  const failures = [new Error("no answer")];
  const { exporter } = fake;
  const sample = (): ReturnType<typeof exporter.sample> => {
    const failure = failures.pop();
    return failure === undefined ? exporter.sample() : Promise.reject(failure);
  };
  source = createOwnSource({ ...options, exporter: { ...exporter, sample } });
  await expect(source.next()).rejects.toThrow("no answer");
  const first = await source.next();
  failures.push(new Error("again"));
  const next = await source.next();
  expect([next.sampledAt, next.conditions[0]?.subject]).toEqual([first.sampledAt, "Samples"]);
});
