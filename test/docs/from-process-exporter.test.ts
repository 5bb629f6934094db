/** docs/from-process-exporter.md: its tables have all flags and metrics, and its commands do what it says. */

import { describe, expect, test } from "@jest/globals";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { flags } from "../../src/flags.ts";
import {
  processExporterFields,
  processExporterGroups,
  processExporterScrapes,
  processExporterThreadCount,
  processExporterThreadFields,
} from "../../src/fields/process-exporter-metrics.ts";
import { fencesOf, sectionOf } from "../support/markdown.ts";
import { spawn } from "../support/processes.ts";
import { outcomeOf } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";
import { diskFolder } from "../support/run-folders.ts";

const document = readFileSync("docs/from-process-exporter.md", "utf8");
const block = (language: string): string => fencesOf(document).find((fence) => fence.language === language)?.text ?? "";
const commands = block("console")
  .split("\n")
  .map((line) => line.replace(/^\$ /, ""));

describe("the table of metrics", () => {
  const metrics = sectionOf(document, "## Metrics");
  const groups = [...Object.values(processExporterGroups), ...processExporterFields];

  test.each(groups)("has a row for $name, with the native names", ({ name, native }) => {
    const short = name.replace("namedprocess_namegroup_", "");
    const row = metrics.split("\n").find((line) => new RegExp(`^\\|[^|]*\`${short}[\`{]`).test(line));
    expect(native.filter((other) => !row?.includes(`\`${other}\``))).toEqual([]);
  });

  test("is followed by the metrics of scrapes and of threads", () => {
    for (const { name } of processExporterScrapes) expect(metrics).toContain(`\`${name}\``);
    for (const { name } of [processExporterThreadCount, ...processExporterThreadFields])
      expect(metrics).toMatch(new RegExp(`\`${name.replace("namedprocess_namegroup_", "")}[\`{]`));
  });
});

test("the table of flags names flags of this program that exist", () => {
  const named = [...sectionOf(document, "## Flags").matchAll(/`--(?:no-)?([a-z.-]+)/g)].map(([, name = ""]) => name);
  expect(named.length).toBeGreaterThan(8);
  expect(named.filter((name) => !(name in flags))).toEqual([]);
});

test("five commands are shown, of which all but the one for process-exporter's service are this program's", () => {
  expect(commands).toHaveLength(5);
  expect(commands.filter((command) => !command.startsWith("node dist/main.js "))).toEqual([
    "systemctl disable --now prometheus-process-exporter",
  ]);
});

describeKernel(
  "on this kernel",
  () => {
    const type = (command: string) => {
      const folder = mkdtempSync(join(diskFolder(), "from-process-exporter-"));
      const file = join(folder, "all.yaml");
      writeFileSync(file, block("yaml"));
      return outcomeOf(spawn("bash", ["-c", command.replaceAll("all.yaml", file)], {}));
    };

    test.each(commands.slice(0, 3))("'%s' succeeds and writes something", async (command) => {
      const { status, stdout, stderr } = await type(command);
      expect([status, stderr.includes("warning")]).toEqual([0, false]);
      expect(stdout).not.toBe("");
    });

    test("the page that the third shows has the groups of process-exporter's names", async () => {
      const { stdout } = await type(commands[2] ?? "");
      expect(stdout).toMatch(/^namedprocess_namegroup_num_procs\{groupname="[^"]+"\} [1-9]/m);
    });
  },
  { needs: ["bash"] },
);
