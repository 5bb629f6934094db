import { afterEach, expect, test } from "@jest/globals";
import { createFakeKernel } from "../support/fake-kernel.ts";
import { startFakeExporter, type FakeExporter } from "../support/fake-exporter.ts";

let fake: FakeExporter | undefined;
afterEach(() => fake?.stop());

test("groups beyond the limit share the group other, lose nothing, and are counted", async () => {
  const kernel = createFakeKernel();
  kernel.advance(1_000_000);
  fake = await startFakeExporter(kernel, { grouping: { maxGroups: 4 } });
  kernel.advance(1_000_000);
  const names = ["a", "b", "c", "d", "e", "d"];
  for (const comm of names) {
    const { tgid } = kernel.fork({ comm });
    kernel.add(tgid, { ac_minflt: 10, cpu_count: 1, cpu_run_virtual_total: 1000 });
    kernel.endProcess(tgid);
  }
  const page = await fake.scrape();
  const ends = (groupname: string) => page.sum("taskstats_process_exits_total", { groupname });
  // The exporter's own group is the first of the four.
  expect(["a", "b", "c", "d", "e", "other"].map(ends)).toEqual([1, 1, 1, 0, 0, 3]);
  expect(page.sum("taskstats_page_faults_total", { kind: "minor" })).toBe(60);
  expect(page.value("taskstats_exporter_groups_overflowed_total")).toBe(3);
  expect(page.value("taskstats_exporter_groups")).toBe(5);
});
