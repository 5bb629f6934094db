import { afterEach, describe, expect, test } from "@jest/globals";
import { ExporterError } from "../../../src/base/errors.ts";
import { chooseSource, type SourceOptions } from "../../../src/commands/top/top.ts";
import { createFakeExporter, type FakeExporter } from "../../support/fake-exporter.ts";
import { createFakeKernel } from "../../support/fake-kernel.ts";
import { liveViewOf } from "../../support/live-groups.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.stop();
  fake = undefined;
});

interface Stage extends SourceOptions {
  readonly asked: string[];
  readonly opened: () => number;
  readonly said: string[];
}

/** @param answers whether an exporter answers */
function stage(invocation: Partial<SourceOptions["invocation"]>, answers: boolean): Stage {
  const asked: string[] = [];
  const said: string[] = [];
  let opened = 0;
  const created = createFakeExporter(createFakeKernel());
  fake = created;
  const refused = new ExporterError("EXPORTER_UNREACHABLE", { where: "here", want: "figures", got: "ECONNREFUSED" });
  return {
    ...{ asked, said, opened: () => opened, version: "1.2.3" },
    invocation: { exporter: undefined, collectsItself: false, delayMs: 500, json: false, ...invocation },
    ask(exporter, timeoutMs) {
      asked.push(`${exporter.href} ${timeoutMs}`);
      return answers ? Promise.resolve({ view: liveViewOf([]), ageSeconds: 0 }) : Promise.reject(refused);
    },
    openExporter() {
      opened++;
      return Promise.resolve(created.exporter);
    },
    say: (line) => void said.push(line),
  };
}

describe("top shows the figures of", () => {
  test("the exporter that is named, whose password it does not show", async () => {
    const options = stage({ exporter: new URL("http://me:secret@box/node") }, true);
    const source = await chooseSource(options);
    expect(source.origin).toBe("Exporter: http://box/node/");
    expect(options.asked).toEqual([]);
    await source.next();
    expect([options.asked, options.opened()]).toEqual([["http://me:secret@box/node 5000"], 0]);
  });

  test("nobody else where the exporter that is named does not answer", async () => {
    const options = stage({ exporter: new URL("http://box/") }, false);
    await expect((await chooseSource(options)).next()).rejects.toMatchObject({ code: "EXPORTER_UNREACHABLE" });
    expect(options.opened()).toBe(0);
  });

  test("the usual exporter where it answers, which it asks once for the first view", async () => {
    const options = stage({}, true);
    const source = await chooseSource(options);
    await source.next();
    expect([source.origin, options.asked, options.opened()]).toEqual([
      ...["Exporter: http://127.0.0.1:10275/", ["http://127.0.0.1:10275/ 500"], 0],
    ]);
  });

  test("its own collection where the usual exporter does not answer, and says why at the head of the table", async () => {
    const options = stage({}, false);
    const source = await chooseSource(options);
    expect([source.origin, options.opened(), options.said]).toEqual([
      "Collected by top itself: no figures from http://127.0.0.1:10275/ (EXPORTER_UNREACHABLE, ECONNREFUSED)",
      ...[1, []],
    ]);
  });

  test("its own collection, and says so on standard error, where it prints JSON", async () => {
    const options = stage({ json: true }, false);
    await chooseSource(options);
    expect(options.said).toEqual([expect.stringMatching(/^taskstats-exporter: Collected by top itself: .*\n$/)]);
  });

  test("its own collection, and asks nobody, where flags say how to collect", async () => {
    const options = stage({ collectsItself: true }, true);
    const source = await chooseSource(options);
    expect([source.origin, options.asked, options.opened()]).toEqual([
      "Collected by top itself, as its flags say",
      [],
      1,
    ]);
  });
});
