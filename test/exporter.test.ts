import { afterEach, describe, expect, test } from "@jest/globals";
import { createFakeExporter, type FakeExporter } from "./support/fake-exporter.ts";
import { createFakeKernel } from "./support/fake-kernel.ts";

let fake: FakeExporter | undefined;
afterEach(() => {
  fake?.proc.dispose();
  fake = undefined;
});

describe("the end of the exporter", () => {
  test("waits for the running collection, which returns its figures and logs no error", async () => {
    const kernel = createFakeKernel();
    fake = createFakeExporter(kernel);
    await fake.exporter.start();
    const page = fake.exporter.collect();
    await fake.exporter.end(600_000);
    expect((await page).groups.length).toBeGreaterThan(0);
    expect(fake.log.filter((line) => line.includes("failed"))).toEqual([]);
  });

  test("refuses collections that come after it", async () => {
    fake = createFakeExporter(createFakeKernel());
    await fake.exporter.start();
    const ending = fake.exporter.end(600_000);
    await expect(fake.exporter.collect()).rejects.toThrow("NOT_READY");
    await ending;
    expect(fake.exporter.status()).toBeUndefined();
  });

  test("does not wait longer than the limit", async () => {
    const kernel = createFakeKernel();
    fake = createFakeExporter(kernel);
    await fake.exporter.start();
    const page = fake.exporter.collect().catch(() => undefined);
    await fake.exporter.end(0);
    await page;
    expect(fake.log.filter((line) => line.includes("failed"))).toEqual([]);
  });
});
