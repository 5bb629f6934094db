/** Imports go one way. The layers and what each may import; a file that is in none is an error too. */

import { describe, expect, test } from "@jest/globals";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../src", import.meta.url));

/** Each layer with those below it that it may import; within itself it may always. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  base: [],
  fields: ["base"],
  netlink: ["base"],
  privileges: ["base"],
  procfs: ["base"],
  terminal: ["base"],
  yaml: ["base"],
  systemd: ["base"],
  taskstats: ["base", "fields", "netlink"],
  connector: ["base", "netlink"],
  classify: ["base", "fields", "procfs"],
  account: ["base", "fields"],
  exposition: ["base", "fields", "account"],
  config: ["base", "fields", "classify", "yaml"],
  kubernetes: ["base", "classify"],
  execs: ["base", "netlink", "procfs", "connector", "classify"],
  http: ["base", "fields", "exposition", "yaml"],
  collect: [
    "base",
    "fields",
    "netlink",
    "procfs",
    "taskstats",
    "connector",
    "classify",
    "account",
    "kubernetes",
    "execs",
    "exposition",
  ],
};

/** Files of the top, which put the layers together, and the only ones that may. */
const top = [
  "main.ts",
  "debugger-signal.ts",
  "harden.ts",
  "program.ts",
  "cli.ts",
  "arguments",
  "output",
  "flags.ts",
  "exporter.ts",
  "kernel-access.ts",
  "default-grouping-rules.ts",
  "grouping-rules.ts",
  "pods.ts",
  "log.ts",
  "tick.ts",
  "thread-exit.ts",
  "commands",
];

/** Packages and parts of Node that one layer or file alone may use. */
const onlyIn: Readonly<Record<string, readonly string[]>> = {
  koffi: ["netlink/libc.ts", "privileges/system.ts", "systemd/datagram.ts"],
  re2js: ["classify/pattern.ts"],
  netlink: ["netlink/family.ts"],
  "prom-client": ["exposition/runtime-metrics.ts"],
  express: ["http/app.ts"],
  yaml: ["yaml", "http/web-config/yaml-fields.ts"],
  valibot: ["config"],
  pino: ["log.ts"],
};

/** Layers that know neither Node nor a clock, and the packages that do not either. */
const pure = ["fields", "classify", "account"];
const purePackages = ["re2js"];

interface Import {
  readonly from: string;
  readonly what: string;
}

function sources(directory = root): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier = ""]) => ({
    from: relative(root, path),
    what: specifier.startsWith(".") ? relative(root, join(dirname(path), specifier)) : specifier,
  }));
}

const layerOf = (path: string): string => path.split("/")[0] ?? "";
const imports = sources().flatMap(importsOf);
const inner = imports.filter(({ what }) => what.endsWith(".ts"));
const packages = imports.filter(({ what }) => !what.endsWith(".ts"));

describe("the layers of src", () => {
  test("hold every file", () => {
    const known = new Set([...Object.keys(allowed), ...top]);
    expect(
      [...new Set(sources().map((path) => layerOf(relative(root, path))))].filter((layer) => !known.has(layer)),
    ).toEqual([]);
  });

  test("import only what is below them", () => {
    const broken = inner
      .filter(({ from }) => layerOf(from) in allowed)
      .filter(({ from, what }) => layerOf(from) !== layerOf(what))
      .filter(({ from, what }) => !allowed[layerOf(from)]?.includes(layerOf(what)))
      .map(
        ({ from, what }) =>
          `${from} imports ${what}; ${layerOf(from)} may import ${allowed[layerOf(from)]?.join(", ") ?? ""}`,
      );
    expect(broken).toEqual([]);
  });

  test("have no circle of files", () => {
    const next = (file: string): Import[] => inner.filter(({ from }) => from === file);
    const state = new Map<string, "open" | "done">();
    const circles: string[] = [];
    function visit(file: string, trail: readonly string[]): void {
      if (state.get(file) === "open") circles.push([...trail, file].join(" -> "));
      if (state.has(file)) return;
      state.set(file, "open");
      for (const { what } of next(file)) visit(what, [...trail, file]);
      state.set(file, "done");
    }
    for (const { from } of inner) visit(from, []);
    expect(circles).toEqual([]);
  });

  test("use a package only where it belongs", () => {
    const isWithin = (from: string, place: string): boolean => from === place || from.startsWith(`${place}/`);
    const broken = packages.filter(({ from, what }) => onlyIn[what]?.some((place) => isWithin(from, place)) === false);
    expect(
      broken.map(({ from, what }) => `${from} imports ${what}; only ${onlyIn[what]?.join(", ") ?? ""} may`),
    ).toEqual([]);
  });

  test("read files that may block only in threads that may be given up", () => {
    const blocking = "procfs/cmdline.ts";
    const given = ["procfs/cmdline-thread.ts", "execs/thread.ts"];
    const values = sources()
      .map((path) => [relative(root, path), readFileSync(path, "utf8")] as const)
      .filter(([, text]) => /import \{[^}]*\b(createCmdlineReader|readCmdlineBytes)\b/.test(text));
    expect(values.map(([from]) => from).sort()).toEqual([...given].sort());
    // Those that look into a process's memory.
    const paths = /\/(cmdline|environ|maps|smaps|smaps_rollup|mem|auxv|exe|pagemap)`/;
    const readers = sources().filter((path) => paths.test(readFileSync(path, "utf8")));
    const allowedReaders = [blocking, "procfs/cmdline-thread.ts"];
    expect(readers.map((path) => relative(root, path)).filter((path) => !allowedReaders.includes(path))).toEqual([]);
  });

  test("that are pure know neither Node nor a clock", () => {
    const files = sources().filter((path) => pure.includes(layerOf(relative(root, path))));
    const impure = packages
      .filter(({ from, what }) => pure.includes(layerOf(from)) && !purePackages.includes(what))
      .map(({ from, what }) => `${from} imports ${what}`);
    const clocked = files.filter((path) =>
      /\bDate\b|\bperformance\b|\bprocess\.(env|hrtime|argv|pid|nextTick|platform)\b|\bsetTimeout\b/.test(
        readFileSync(path, "utf8"),
      ),
    );
    expect([...impure, ...clocked]).toEqual([]);
  });
});
