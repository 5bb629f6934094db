import { describe, expect, test } from "@jest/globals";
// It comes with eslint, whose own configuration it checks.
import createAjv from "ajv";
import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { classifierOf, known } from "../support/rules.ts";

const directory = new URL("../../deploy/examples/", import.meta.url);
const pathOf = (name: string): string => fileURLToPath(new URL(name, directory));
const examples = readdirSync(directory);

const schema = JSON.parse(readFileSync(new URL("../../docs/config.schema.json", import.meta.url), "utf8")) as object;
const fitsSchema = createAjv({ allErrors: true }).compile(schema);
const fits = (text: string): boolean => fitsSchema(parse(text, { merge: true })) === true;

describe("the examples", () => {
  test.each(examples)("%s is valid and has no warning", (name) => {
    const { rules, warnings } = loadConfig(pathOf(name));
    expect(rules.length).toBeGreaterThan(0);
    expect(warnings).toEqual([]);
  });

  test.each(examples)("%s fits the schema for editors, and names it in its first line", (name) => {
    const text = readFileSync(pathOf(name), "utf8");
    expect(text).toMatch(/^# yaml-language-server: \$schema=\.\.\/\.\.\/docs\/config\.schema\.json\n/);
    expect({ fits: fits(text), errors: fitsSchema.errors }).toEqual({ fits: true, errors: null });
  });

  const titles: readonly (readonly [file: string, comm: string, line: string, group: string, labels?: object])[] = [
    [
      "web-server.yaml",
      "nginx",
      "nginx: master process /usr/sbin/nginx -g daemon on; master_process on;",
      "nginx:master",
    ],
    ["web-server.yaml", "nginx", "nginx: worker process", "nginx:worker"],
    ["web-server.yaml", "nginx", "nginx: worker process is shutting down", "nginx:worker"],
    ["web-server.yaml", "nginx", "nginx: cache manager process", "nginx:cache manager"],
    ["web-server.yaml", "nginx", "nginx: cache loader process", "nginx:cache loader"],
    ["web-server.yaml", "nginx", "nginx: privileged agent process", "nginx:privileged agent"],
    ["web-server.yaml", "php-fpm8.2", "php-fpm: pool www", "php-fpm:www"],
    ["web-server.yaml", "php-fpm8.2", "php-fpm: master process (/etc/php/8.2/fpm/php-fpm.conf)", "php-fpm:master"],
    [
      "web-server.yaml",
      "uwsgi",
      "/usr/bin/uwsgi --ini /etc/uwsgi/shop.ini --daemonize /x",
      "uwsgi",
      { application: "shop" },
    ],
    [
      "web-server.yaml",
      "uwsgi-core",
      "/usr/bin/uwsgi-core --ini /usr/share/uwsgi/conf/default.ini --ini /etc/uwsgi/apps-enabled/blog.ini",
      "uwsgi",
      { application: "blog" },
    ],
    ["web-server.yaml", "uwsgi", "uwsgi --ini=api.ini", "uwsgi", { application: "api" }],
    ["web-server.yaml", "vim", "vim nginx: worker process", "unmatched"],
    ...[
      "checkpointer", "background writer", "walwriter", "walsummarizer", "autovacuum launcher", "logical replication launcher",
      "archiver", "logger", "startup", "stats collector",
    ].map((role) => ["database.yaml", "postgres", `postgres: ${role} `, `postgres:${role}`] as const), // prettier-ignore
    ["database.yaml", "postgres", "postgres: 15/main: checkpointer ", "postgres:checkpointer"],
    [
      "database.yaml",
      "postgres",
      "postgres: 15/main: logical replication launcher",
      "postgres:logical replication launcher",
    ],
    ["database.yaml", "postgres", "postgres: autovacuum worker shop", "postgres:autovacuum worker"],
    ["database.yaml", "postgres", "postgres: main: autovacuum worker   shop", "postgres:autovacuum worker"],
    ["database.yaml", "postgres", "postgres: parallel worker for PID 4711 ", "postgres:parallel worker"],
    ["database.yaml", "postgres", "postgres: 16/main: parallel worker for PID 1", "postgres:parallel worker"],
    ["database.yaml", "postgres", "postgres: startup recovering 000000010000000000000003", "postgres:startup"],
    ["database.yaml", "postgres", "postgres: archiver last was 000000010000000000000003", "postgres:archiver"],
    ["database.yaml", "postgres", "postgres: walreceiver streaming 0/3000148", "postgres:walreceiver"],
    ["database.yaml", "postgres", "postgres: walsender repl 10.0.0.8(51234) streaming 0/3000148", "postgres:walsender"],
    ["database.yaml", "postgres", "postgres: 9.6/main: wal sender process repl 10.0.0.8(5) idle", "postgres:walsender"],
    ["database.yaml", "postgres", "postgres: 9.6/main: writer process   ", "postgres:writer"],
    ["database.yaml", "postgres", "postgres: 9.6/main: wal writer process   ", "postgres:wal writer"],
    [
      "database.yaml",
      "postgres",
      "postgres: logical replication worker for subscription 16390 ",
      "postgres:logical replication worker",
    ],
    [
      "database.yaml",
      "postgres",
      "postgres: logical replication apply worker for subscription 16390 ",
      "postgres:logical replication apply worker",
    ],
    [
      "database.yaml",
      "postgres",
      "postgres: logical replication tablesync worker for subscription 16390 sync 16384",
      "postgres:logical replication tablesync worker",
    ],
    ["database.yaml", "postgres", "postgres: slotsync worker ", "postgres:slotsync worker"],
    ["database.yaml", "postgres", "postgres: io worker 0", "postgres:io worker"],
    [
      "database.yaml",
      "postgres",
      "postgres: app shop 10.0.0.7(51234) SELECT",
      "postgres:backend",
      { database: "shop" },
    ],
    ["database.yaml", "postgres", "postgres: 15/main: app shop [local] idle", "postgres:backend", { database: "shop" }],
    [
      "database.yaml",
      "postgres",
      "postgres: 15/main: app shop [local] idle in transaction",
      "postgres:backend",
      { database: "shop" },
    ],
    [
      "database.yaml",
      "postgres",
      "postgres: app shop ::1(40001) authentication",
      "postgres:backend",
      { database: "shop" },
    ],
    ["database.yaml", "postgres", "postgres: logger startup [local] idle", "postgres:backend", { database: "startup" }],
    ["database.yaml", "postgres", "postgres: app shop 10.0.0.7(51234)", "postgres:backend", { database: "shop" }],
    ["database.yaml", "postgres", "postgres: TimescaleDB Background Worker Launcher ", "postgres:other"],
    ["database.yaml", "postgres", "postgres: 15/main: pg_cron launcher ", "postgres:other"],
    ["database.yaml", "postgres", "postgres: my user my db [local] idle", "postgres:other"],
    [
      "database.yaml",
      "postgres",
      "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main",
      "postgres:server",
    ],
    ["database.yaml", "postgres", "postgres", "postgres:server"],
    ["database.yaml", "postmaster", "/usr/bin/postmaster -D /var/lib/pgsql/data", "postgres:server"],
    ["database.yaml", "psql", "psql -h postgres: shop", "unmatched"],
    ["database.yaml", "mariadbd", "/usr/sbin/mariadbd", "mysql"],
    ["database.yaml", "mysqld", "/usr/sbin/mysqld --user=mysql", "mysql"],
    ["by-executable.yaml", "node", "/usr/local/bin/node server.js", "node"],
    ["by-executable.yaml", "kworker/0:1", "", "unmatched"],
    ["batch-users.yaml", "bash", "-bash", "ignored"],
    ["batch-users.yaml", "zsh", "/bin/zsh -i", "ignored"],
    ["batch-users.yaml", "sh", "sh", "ignored"],
    ["batch-users.yaml", "bash", "bash night.sh", "batch:alice"],
    ["batch-users.yaml", "night.sh", "/bin/sh ./night.sh", "batch:alice"],
    ["batch-users.yaml", "vim", "vim night.sh", "ignored"],
    ["batch-users.yaml", "tmux: server", "tmux", "ignored"],
  ];

  // Each row has all its values: without the last one jest would pass a callback and wait for its call.
  const rows = titles.map(([name, comm, line, group, labels = {}]) => [name, comm, line, group, labels] as const);

  test.each(rows)("%s gives %s with the command line %j to the group %s", (name, comm, line, group, labels) => {
    // A title that a process has set, as "nginx: master process", is one argument. A command line is several.
    const argv = line === "" ? [] : line.includes(": ") ? [line.trimEnd()] : line.split(" ");
    const verdict = classifierOf(loadConfig(pathOf(name)).rules).classify({
      ...known,
      comm,
      argv,
      user: "batch-alice",
    });
    const { groupname = verdict.kind, ...free } = verdict.kind === "group" ? verdict.labels : {};
    expect({ groupname, ...free }).toEqual({ groupname: group, ...labels });
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
  ])("%s gives a process of the control group %s to its group", (name, cgroup, labels) => {
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
