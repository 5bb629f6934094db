import { setImmediate as turnOfTheLoop } from "node:timers/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";
import { createFakeKernel } from "../support/fake-kernel.ts";

describe("a collection", () => {
  let fake: FakeExporter | undefined;
  afterEach(() => fake?.stop());

  /** Asks for a page, and goes on when all processes have been polled: exit events have been taken by then. */
  async function beginScrape() {
    const kernel = createFakeKernel();
    for (let count = 0; count < 100; count++) kernel.fork({ comm: "worker" });
    fake = await startFakeExporter(kernel);
    const polled = kernel.queries.tgid + 100;
    const page = fake.scrape();
    while (kernel.queries.tgid < polled) await turnOfTheLoop();
    return { kernel, fake, page };
  }

  test("has what ended before it was asked for, though another one is going on by then", async () => {
    const { kernel, fake, page } = await beginScrape();
    const { tgid } = kernel.fork({ comm: "job" });
    kernel.endProcess(tgid);
    const next = await fake.scrape();
    expect(next.sum("taskstats_process_exits_total", { groupname: "job" })).toBe(1);
    await page;
  });

  test("is one for all who ask while another one is going on", async () => {
    const { kernel, fake, page } = await beginScrape();
    const { tgid: queries } = kernel.queries;
    const pages = [fake.scrape(), fake.scrape(), fake.scrape()];
    await Promise.all([page, ...pages]);
    expect(kernel.queries.tgid - queries).toBeLessThan(2 * 110);
  });
});
