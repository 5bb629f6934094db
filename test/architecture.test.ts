/** The law of layers.ts: imports go one way, and each file of src is in a layer and has a test of its own. */

import { describe, expect, test } from "@jest/globals";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { layers, mostImportsWithinCollect, onlyIn, pure, purePackages, top } from "./layers.ts";
import { withoutTest } from "./without-test.ts";

const root = fileURLToPath(new URL("../src", import.meta.url));

interface Import {
  readonly from: string;
  readonly what: string;
  /** Whether something is left of it when types are taken away. */
  readonly isOfValues: boolean;
}

function sources(directory = root): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sources(path);
    return entry.name.endsWith(".ts") ? [path] : [];
  });
}

/** Whether all that stands between `import` and `from` are types. */
function isOfTypes(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{([^}]*)\}\s*$/
    .exec(clause)?.[1]
    ?.split(",")
    .filter((name) => name.trim() !== "");
  return names?.every((name) => name.trim().startsWith("type ")) ?? false;
}

function importsOf(path: string): Import[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"([^"]+)"/g)].map(([, specifier = ""], index, all) => {
    const before = text.slice(all[index - 1]?.index ?? 0, all[index]?.index);
    const clause = before.slice(Math.max(before.lastIndexOf("import "), before.lastIndexOf("export ")) + 7);
    return {
      from: relative(root, path),
      what: specifier.startsWith(".") ? relative(root, join(dirname(path), specifier)) : specifier,
      isOfValues: !isOfTypes(clause),
    };
  });
}

const layerOf = (path: string): string => path.split("/")[0] ?? "";
const files = sources().map((path) => relative(root, path));
const imports = sources().flatMap(importsOf);
const inner = imports.filter(({ what }) => what.endsWith(".ts"));
const packages = imports.filter(({ what }) => !what.endsWith(".ts"));

describe("the layers of src", () => {
  test("hold every file", () => {
    const known = new Set([...Object.keys(layers), ...top]);
    expect([...new Set(files.map(layerOf))].filter((layer) => !known.has(layer))).toEqual([]);
  });

  test("import only what is below them", () => {
    const broken = inner
      .filter(({ from }) => layerOf(from) in layers)
      .filter(({ from, what }) => layerOf(from) !== layerOf(what))
      .filter(({ from, what }) => !layers[layerOf(from)]?.imports.includes(layerOf(what)))
      .map(
        ({ from, what }) =>
          `${from} imports ${what}; ${layerOf(from)} may import ${layers[layerOf(from)]?.imports.join(", ") ?? ""}`,
      );
    expect(broken).toEqual([]);
  });

  test("have no permission that they do not use", () => {
    const used = new Set(inner.map(({ from, what }) => `${layerOf(from)} -> ${layerOf(what)}`));
    const allowed = Object.entries(layers).flatMap(([layer, { imports: below }]) =>
      below.map((name) => `${layer} -> ${name}`),
    );
    expect(allowed.filter((edge) => !used.has(edge))).toEqual([]);
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
    const pureFiles = sources().filter((path) => pure.includes(layerOf(relative(root, path))));
    const impure = packages
      .filter(({ from, what }) => pure.includes(layerOf(from)) && !purePackages.includes(what))
      .map(({ from, what }) => `${from} imports ${what}`);
    const clocked = pureFiles.filter((path) =>
      /\bDate\b|\bperformance\b|\bprocess\.(env|hrtime|argv|pid|nextTick|platform)\b|\bsetTimeout\b/.test(
        readFileSync(path, "utf8"),
      ),
    );
    expect([...impure, ...clocked]).toEqual([]);
  });
});

describe("a file of src/collect", () => {
  test(`takes values from at most ${mostImportsWithinCollect} other files of src/collect`, () => {
    const taken = (file: string): Set<string> =>
      new Set(inner.filter(({ from, isOfValues }) => from === file && isOfValues).map(({ what }) => what));
    const counts = files
      .filter((file) => layerOf(file) === "collect")
      .map((file) => ({ file, count: [...taken(file)].filter((what) => layerOf(what) === "collect").length }));
    expect(counts.filter(({ count }) => count > mostImportsWithinCollect)).toEqual([]);
    // The rule has a subject: the collector takes as many as it may.
    expect(counts.find(({ file }) => file === "collect/collector.ts")?.count).toBeGreaterThan(4);
  });
});

describe("the unit tests", () => {
  const hasTest = (file: string): boolean => existsSync(join(root, "../test", file.replace(/\.ts$/, ".test.ts")));

  test("of each file of src are at the same path below test", () => {
    const known = new Set(Object.keys(withoutTest));
    expect(files.filter((file) => !hasTest(file) && !known.has(file))).toEqual([]);
  });

  test("are missing for all files that without-test.ts lists, which are all in src", () => {
    const named = Object.keys(withoutTest);
    expect(named.filter((file) => !files.includes(file))).toEqual([]);
    expect(named.filter(hasTest)).toEqual([]);
  });
});
