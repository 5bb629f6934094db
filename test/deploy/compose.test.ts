/** deploy/compose without containers: its files exist, and its three programs find each other. */

import { expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { flags } from "../../src/flags.ts";
import { readDashboards, repository } from "../support/shipped-queries.ts";

const directory = join(repository, "deploy/compose");

interface Service {
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly network_mode?: string;
  readonly pid?: string;
  readonly cap_add?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly volumes?: readonly string[];
}

const readYaml = (path: string): unknown => parse(readFileSync(join(directory, path), "utf8"));
const { services, volumes } = readYaml("compose.yaml") as {
  readonly services: Readonly<Record<"exporter" | "prometheus" | "grafana", Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
};

/** Source and target of each mount. */
const mounts = Object.values(services)
  .flatMap(({ volumes = [] }) => volumes)
  .map((volume) => volume.split(":"));

const targetOf = (source: string): string | undefined => mounts.find(([from]) => from === source)?.[1];
const portIn = (text: string | undefined): string | undefined => /:(\d+)$/.exec(text ?? "")?.[1];
const flagOf = ({ command = [] }: Service, name: string): string | undefined =>
  command.find((argument) => argument.startsWith(`--${name}=`))?.slice(name.length + 3);

test("everything that is mounted exists", () => {
  expect(mounts.length).toBeGreaterThan(5);
  const missing = mounts.filter(
    ([source = ""]) => !(source in volumes) && !(source.startsWith(".") && existsSync(join(directory, source))),
  );
  expect(missing).toEqual([]);
});

test("the exporter's image is built from the Dockerfile, which the project is the context of", () => {
  const { context = "", dockerfile = "" } = services.exporter.build ?? {};
  expect(join(directory, context, "/")).toBe(join(repository, "/"));
  expect(existsSync(join(repository, dockerfile))).toBe(true);
});

test("nothing keeps the capability of the image's node from an ordinary user", () => {
  expect(services.exporter.security_opt ?? []).not.toContain("no-new-privileges:true");
});

test("the exporter is where exit events arrive", () => {
  expect(services.exporter).toMatchObject({ network_mode: "host", pid: "host", cap_add: ["NET_ADMIN"] });
});

test("Prometheus scrapes the port that the exporter serves, its default", () => {
  const { scrape_configs } = readYaml("../prometheus/prometheus.yml") as {
    readonly scrape_configs: readonly [{ readonly static_configs: readonly [{ readonly targets: readonly [string] }] }];
  };
  const port = portIn(scrape_configs[0].static_configs[0].targets[0]);
  expect(port).toBe(portIn(flags["web.listen-address"].fallback));
  expect(portIn(flagOf(services.exporter, "web.listen-address"))).toBe(port);
  expect(services.prometheus.network_mode).toBe("host");
});

test("Prometheus finds its configuration and both files of rules beside it", () => {
  const file = flagOf(services.prometheus, "config.file") ?? "";
  expect(targetOf("../prometheus/prometheus.yml")).toBe(file);
  const { rule_files } = readYaml("../prometheus/prometheus.yml") as { readonly rule_files: readonly string[] };
  expect(rule_files.map((name) => targetOf(`../prometheus/${name}`))).toEqual(
    rule_files.map((name) => file.replace("prometheus.yml", name)),
  );
});

test("Grafana asks that Prometheus, at the pace of its scrapes", () => {
  const { datasources } = readYaml("grafana/datasource.yaml") as {
    readonly datasources: readonly [{ readonly url: string; readonly jsonData: { readonly timeInterval: string } }];
  };
  const { global } = readYaml("../prometheus/prometheus.yml") as {
    readonly global: { readonly scrape_interval: string };
  };
  expect(services.grafana.network_mode).toBe("host");
  expect(portIn(datasources[0].url)).toBe(portIn(flagOf(services.prometheus, "web.listen-address")));
  expect(datasources[0].jsonData.timeInterval).toBe(global.scrape_interval);
});

test("Grafana loads the generated dashboards and begins with one of them", () => {
  const { providers } = readYaml("grafana/dashboards.yaml") as {
    readonly providers: readonly [{ readonly options: { readonly path: string } }];
  };
  const folder = targetOf("../../dashboards/generated") ?? "";
  expect(providers[0].options.path).toBe(folder);
  const home = services.grafana.environment?.["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"] ?? "";
  expect([...readDashboards().keys()].map((name) => `${folder}/${name}.json`)).toContain(home);
});
