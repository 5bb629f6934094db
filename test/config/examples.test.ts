import { describe, expect, test } from "@jest/globals";
// It comes with eslint, whose own configuration it checks.
import createAjv from "ajv";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { compilePattern } from "../../src/classify/pattern.ts";
import { loadConfig } from "../../src/config/load.ts";
import { classifierOf, known } from "../support/rules.ts";

const directory = new URL("../../deploy/examples/", import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, directory));
const examples = readdirSync(directory);

const schema = JSON.parse(readFileSync(new URL("../../docs/config.schema.json", import.meta.url), "utf8")) as object;
const fitsSchema = createAjv({ allErrors: true }).compile(schema);
const fits = (text: string): boolean => fitsSchema(parse(text, { merge: true })) === true;

describe("the examples", () => {
  test.each(examples)("%s is valid without a warning", (name) => {
    const { rules, warnings } = loadConfig(pathOf(name));
    expect(rules.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  test.each(examples)("%s fits the schema for editors, which it names", (name) => {
    const text = readFileSync(pathOf(name), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/docs\/config\.schema\.json\n/);
    expect({ fits: fits(text), errors: fitsSchema.errors }).toEqual({ fits: true, errors: null });
  });

  /** The index of the first rule of which a pattern matches the command line. */
  const firstMatch = (name: string, line: string): number =>
    loadConfig(pathOf(name)).rules.findIndex((rule) =>
      rule.cmdline?.some((pattern) => compilePattern(pattern).value?.match(line) !== undefined),
    );

  test.each([
    ["web-server.yaml", "nginx: worker process", 0],
    ["web-server.yaml", "php-fpm: pool www", 1],
    ["web-server.yaml", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", 2],
    ["web-server.yaml", "/usr/bin/uwsgi --ini /etc/uwsgi/shop.ini --daemonize", 3],
    ["database.yaml", "postgres: 15/main: checkpointer ", 0],
    ["database.yaml", "postgres: autovacuum launcher ", 0],
    ["database.yaml", "postgres: 15/main: app shop 10.0.0.7(51234) SELECT", 1],
    ["database.yaml", "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql", -1],
  ])("%s knows a process by its command line %j", (name, line, rule) => {
    expect(firstMatch(name, line)).toBe(rule);
  });

  const id = "0a".repeat(32);

  test.each([
    [
      "systemd-units.yaml",
      "/user.slice/user-1000.slice/user@1000.service/app.slice/foo.service",
      { groupname: "foo.service", manager: "user" },
    ],
    ["systemd-units.yaml", "/system.slice/nginx.service", { groupname: "nginx.service", manager: "system" }],
    ["systemd-units.yaml", "/user.slice/user-1000.slice/session-3.scope", { groupname: "sessions", manager: "system" }],
    ["systemd-units.yaml", `/system.slice/docker-${id}.scope`, undefined],
    ["containers.yaml", `/docker/${id}`, { groupname: "prog", container_id: id }],
    ["containers.yaml", "/system.slice/nginx.service", { groupname: "prog" }],
  ])("%s knows a process of %s", (name, cgroup, labels) => {
    const { rules } = loadConfig(pathOf(name));
    const verdict = classifierOf(rules).classify({ ...known, cgroups: ["/", cgroup] });
    expect(verdict).toMatchObject(labels === undefined ? { kind: "unmatched" } : { kind: "group" });
    expect(verdict.kind === "group" ? verdict.labels : undefined).toEqual(labels);
  });
});

describe("the schema for editors", () => {
  test.each([
    "process_names: [{comm: [bash, 1, true]}]",
    "limits: {max_groups: 1, group_retention: 1h}",
    "histograms: {taskstats_process_delay_seconds: {enabled: false, kinds: [irq], buckets: [0.5, 1]}}",
  ])("takes %s", (text) => expect(fits(text)).toBe(true));

  test.each([
    "process_name: []",
    "process_names: {comm: [a]}",
    "process_names: [{comm: a}]",
    "process_names: [{comm: [[a]]}]",
    "process_names: [{comm: [a], nam: b}]",
    "process_names: [{comm: [a], ignore: perhaps}]",
    "process_names: [{comm: [a], labels: {__x: b}}]",
    "process_names: [{comm: [a], labels: [b]}]",
    "limits: {max_groups: 0}",
    "limits: {max_groups: 1.5}",
    "limits: {max_label_length: 5000}",
    "histograms: {taskstats_process_cpu_seconds: {kinds: [cpu]}}",
    "histograms: {taskstats_process_delay_seconds: {kinds: [io]}}",
    "histograms: {taskstats_process_delay_seconds: {buckets: []}}",
    "histograms: {taskstats_process_delay_seconds: {buckets: [x]}}",
  ])("refuses %s", (text) => expect(fits(text)).toBe(false));
});
