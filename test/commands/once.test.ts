import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { parseCommandLine } from "../../src/cli.ts";
import { collectOnce } from "../../src/commands/once.ts";
import type { Exporter } from "../../src/exporter.ts";
import type { Page } from "../../src/exposition/page.ts";

const page: Page = {
  groups: [],
  histograms: [],
  has: () => true,
  exitsUp: true,
  exporter: { exitEvents: [{ value: 7 }] },
};

let printed: string[];
beforeEach(() => {
  printed = [];
  jest.spyOn(process.stdout, "write").mockImplementation((text, ...rest) => {
    printed.push(String(text));
    for (const written of rest) if (typeof written === "function") written();
    return true;
  });
});
afterEach(() => void jest.restoreAllMocks());

/** An exporter that notes what it is asked for, in which order. */
function createNotingExporter(failing?: keyof Exporter): { readonly exporter: Exporter; readonly calls: string[] } {
  const calls: string[] = [];
  const note =
    <T>(name: keyof Exporter, result: T) =>
    (): Promise<T> => {
      calls.push(name);
      return name === failing ? Promise.reject(new Error(`${name} failed`)) : Promise.resolve(result);
    };
  const exporter = {
    ...{ start: note("start", undefined), collect: note("collect", page) },
    stop: () => void calls.push("stop"),
  };
  return { exporter: exporter as unknown as Exporter, calls };
}

const flags = ["once", "--delay=0", "--web.disable-exporter-metrics"];

test("once starts the exporter, prints one page of text, and stops the exporter", async () => {
  const { exporter, calls } = createNotingExporter();
  await collectOnce(parseCommandLine(flags), exporter);
  expect(calls).toEqual(["start", "collect", "stop"]);
  expect(printed).toHaveLength(1);
  expect(printed[0]).toContain("\ntaskstats_exporter_exit_events_total 7\n");
  expect(printed[0]).not.toMatch(/nodejs_|# EOF/);
});

test("once prints the figures of the runtime unless they are left out", async () => {
  await collectOnce(parseCommandLine(flags.slice(0, 2)), createNotingExporter().exporter);
  expect(printed.join("")).toContain("\nnodejs_heap_size_used_bytes ");
});

test("once stops the exporter and prints nothing when the collection fails", async () => {
  const { exporter, calls } = createNotingExporter("collect");
  await expect(collectOnce(parseCommandLine(flags), exporter)).rejects.toThrow("collect failed");
  expect([calls, printed]).toEqual([["start", "collect", "stop"], []]);
});

test("once collects nothing when the start fails", async () => {
  const { exporter, calls } = createNotingExporter("start");
  await expect(collectOnce(parseCommandLine(flags), exporter)).rejects.toThrow("start failed");
  expect([calls, printed]).toEqual([["start"], []]);
});
