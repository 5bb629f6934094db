/** The shipped rules: promtool's own tests of them, and that each alert is tested, described and looked after. */

import { describe, expect, test } from "@jest/globals";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { spawnSync } from "../support/processes.ts";
import { findDebianProgram } from "../debian/programs.ts";
import { testUnless } from "../support/real-kernel.ts";
import { readRules, repository } from "../support/shipped-queries.ts";

const directory = join(repository, "deploy/prometheus");
const testFiles = readdirSync(join(directory, "tests")).map((file) => join(directory, "tests", file));

interface AlertTest {
  readonly alertname: string;
  readonly exp_alerts?: readonly unknown[];
}

interface TestFile {
  readonly tests: readonly { readonly alert_rule_test?: readonly AlertTest[] }[];
}

const alertTests = testFiles
  .flatMap((file) => (parse(readFileSync(file, "utf8")) as TestFile).tests)
  .flatMap(({ alert_rule_test = [] }) => alert_rule_test);

/** The text below each heading of the second level, by the heading. */
function sectionsOf(markdown: string): Map<string, string> {
  const [, ...sections] = markdown.split(/^## /m);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf("\n")), section]));
}

const runbook = sectionsOf(readFileSync(join(repository, "docs/operations.md"), "utf8"));
const alerts = readRules("alerts.yml");

const { path, obstacle } = await findDebianProgram({ package: "prometheus", program: "promtool" });
const testPromtool = testUnless(obstacle);

function promtool(...args: readonly string[]): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync(path, args, { encoding: "utf8" });
  if (error !== undefined) throw error;
  return { status, output: stdout + stderr };
}

testPromtool("promtool accepts the configuration and both files of rules", () => {
  expect(promtool("check", "config", join(directory, "prometheus.yml"))).toMatchObject({ status: 0 });
});

testPromtool.each(testFiles)("promtool finds what %s says", (file) => {
  const { status, output } = promtool("test", "rules", file);
  expect({ status, output: status === 0 ? "" : output }).toEqual({ status: 0, output: "" });
});

test("every section of the runbook is about an alert, but for those on the unit, on control groups and on commands", () => {
  const others = [
    ...["The systemd unit", "A control group that fails to end, or waits"],
    ...["What ends right now", "Look at a host while it happens"],
  ];
  expect([...runbook.keys()].filter((title) => !others.includes(title)).sort()).toEqual(
    alerts.map(({ alert }) => alert).sort(),
  );
});

describe.each(alerts.map((rule) => ({ ...rule, alert: rule.alert ?? "" })))(
  "the alert $alert",
  ({ alert, labels, annotations }) => {
    const tests = alertTests.filter(({ alertname }) => alertname === alert);

    test("is tested for firing and for silence", () => {
      expect(tests.filter(({ exp_alerts = [] }) => exp_alerts.length > 0)).not.toEqual([]);
      expect(tests.filter(({ exp_alerts = [] }) => exp_alerts.length === 0)).not.toEqual([]);
    });

    test("has a severity, and a summary that names the instance", () => {
      expect(["warning", "info"]).toContain(labels?.["severity"]);
      expect(annotations?.["summary"]).toContain("{{ $labels.instance }}");
    });

    test("leads to a section that says what it means, what to look at, and what to do", () => {
      expect(annotations?.["runbook_url"]).toBe(`docs/operations.md#${alert.toLowerCase()}`);
      const section = runbook.get(alert) ?? "";
      expect(section).toContain("**It means:**");
      expect(section).toContain("**Look at**");
      expect(section).toMatch(/^\*\*Do:\*\* /m);
      expect(section).toMatch(/`[^`]+`/);
    });
  },
);
