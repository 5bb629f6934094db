/** Which tests run for which changed files. */

import { expect, test } from "@jest/globals";
import { selectTests } from "./select.ts";

const imports = new Map([
  ["src/account/meter.ts", []],
  ["src/collect/biller.ts", ["src/account/meter.ts"]],
  ["src/collect/collector.ts", ["src/collect/biller.ts"]],
  ["test/account/meter.test.ts", ["src/account/meter.ts"]],
  ["test/collect/laws.test.ts", ["src/collect/collector.ts"]],
  ["src/collect/exits/listener.ts", []],
  ["test/support/fake-exporter.ts", ["src/collect/exits/listener.ts"]],
  ["test/collect/exits/lingering.test.ts", ["test/support/fake-exporter.ts"]],
  ["test/http/app.test.ts", ["test/support/fake-exporter.ts"]],
  ["test/support/fake-kernel.ts", []],
  ["test/kernel/laws.test.ts", ["test/support/fake-kernel.ts"]],
  ["test/collect/polls.test.ts", ["test/support/fake-kernel.ts"]],
]);

const architecture = "test/architecture.test.ts";
const runOf = (...changed: readonly string[]): readonly string[] => selectTests(changed, imports).run;

test("a source file runs the test at its mirrored path, and the rule of imports", () => {
  expect(runOf("src/account/meter.ts")).toEqual(["test/account/meter.test.ts", architecture].sort());
});

test("a source file that no test imports runs the tests that import its importers", () => {
  expect(runOf("src/collect/biller.ts")).toEqual([architecture, "test/collect/laws.test.ts"]);
});

test("a source file that tests reach through a fake runs those in its mirrored folder", () => {
  expect(runOf("src/collect/exits/listener.ts")).toEqual([architecture, "test/collect/exits/lingering.test.ts"]);
});

test("a file of test/support runs the tests that import it, and leaves out those on the real kernel", () => {
  expect(selectTests(["test/support/fake-kernel.ts"], imports)).toEqual({
    run: ["test/collect/polls.test.ts"],
    leftOut: ["test/kernel/laws.test.ts"],
  });
});

test("a changed test runs, on the real kernel too", () => {
  expect(runOf("test/kernel/laws.test.ts")).toEqual(["test/kernel/laws.test.ts"]);
});

test("a file without imports runs the tests of its folder", () => {
  expect(runOf("deploy/prometheus/rules/alerts.yml")).toEqual(["test/deploy", "test/docs"]);
  expect(runOf("CONTRIBUTING.md")).toEqual(["test/docs"]);
});

test("a deleted test does not run, and a file that no rule names runs nothing", () => {
  expect(runOf("test/account/gone.test.ts", "LICENSE")).toEqual([]);
});

test("two changed files run a test that they share once", () => {
  expect(runOf("src/collect/collector.ts", "src/collect/biller.ts")).toEqual([
    architecture,
    "test/collect/laws.test.ts",
  ]);
});
