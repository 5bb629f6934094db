import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { debFileName, formatControl, formatSums } from "../../packaging/debian-control.ts";

const control = {
  version: "1.0.0-rc.1",
  architecture: "arm64",
  description: "An exporter: what it does",
  installedKib: 7,
};

test("a release candidate sorts before its release", () => {
  expect(formatControl(control)).toContain("\nVersion: 1.0.0~rc.1\n");
  expect(debFileName("1.0.0-rc.1", "arm64")).toBe("taskstats-exporter_1.0.0~rc.1_arm64.deb");
});

test("each line of the control file is a field, or continues one within 80 columns", () => {
  const lines = formatControl(control).trimEnd().split("\n");
  for (const line of lines) expect(line).toMatch(/^(?:[A-Z][\w-]+: \S.*| \S.*)$/);
  expect(lines.filter((line) => line.startsWith(" ") && line.length > 80)).toEqual([]);
  expect(lines).toContain("Description: An exporter");
});

test("sums have the form of md5sum", () => {
  expect(formatSums([["usr/bin/x", "0".repeat(32)]])).toBe(`${"0".repeat(32)}  usr/bin/x\n`);
});

test("what is shipped for sysctl turns nothing on, and one character less turns delay accounting on", () => {
  const text = readFileSync(new URL("../../deploy/debian/sysctl.conf", import.meta.url), "utf8");
  const lines = text.trimEnd().split("\n");
  expect(lines.filter((line) => !line.startsWith("#"))).toEqual([]);
  expect(lines.at(-1)?.slice(1)).toBe("kernel.task_delayacct = 1");
});
