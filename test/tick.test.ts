import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release, tmpdir } from "node:os";
import { join } from "node:path";
import { readLongestTickNs } from "../src/tick.ts";
import { execFileSync } from "./support/processes.ts";

let directory: string;
beforeAll(() => void (directory = mkdtempSync(join(tmpdir(), "tick-"))));
afterAll(() => rmSync(directory, { recursive: true }));

function nohzFull(text: string): string {
  const path = join(directory, "nohz_full");
  writeFileSync(path, text);
  return path;
}

/** The configuration that this kernel was built with, where it can be read. */
function readConfiguration(): string | undefined {
  const boot = `/boot/config-${release()}`;
  if (existsSync("/proc/config.gz")) return execFileSync("zcat", ["/proc/config.gz"], { encoding: "utf8" });
  return existsSync(boot) ? readFileSync(boot, "utf8") : undefined;
}

/** The tick rates that kernels can be built with. Used if this kernel's configuration cannot be read. */
const usualRates = [100, 250, 300, 1000];

test("the longest tick is the time between two ticks of this kernel", () => {
  const configured = /^CONFIG_HZ=(\d+)$/m.exec(readConfiguration() ?? "")?.[1];
  const rates = configured === undefined ? usualRates : [Number(configured)];
  expect(rates.map((hz) => Math.round(1e9 / hz))).toContain(readLongestTickNs(join(directory, "none")));
});

test.each(["(null)\n", "\n", ""])(
  "the longest tick is an ordinary one if no CPU is tickless (nohz_full is %j)",
  (text) => {
    expect(readLongestTickNs(nohzFull(text))).toBeLessThanOrEqual(10e6);
  },
);

test("the longest tick is a second if some CPUs are tickless", () => {
  expect(readLongestTickNs(nohzFull("2-3,5\n"))).toBe(1e9);
});
