/** Chooses the tests of changed files: those that can answer in seconds. Pure. */

/** A file of TypeScript and the files that it imports, as paths from the root of the repository. */
export type Imports = ReadonlyMap<string, readonly string[]>;

export interface Selection {
  /** Files of tests, or folders of them. */
  readonly run: readonly string[];
  /** Tests that belong to the changed files too, and take minutes or need root. */
  readonly leftOut: readonly string[];
}

/** Tests that start programs, on the real kernel. */
const isSlow = (path: string): boolean => /^test\/(kernel|e2e|faults|oracle|debian)\//.test(path);

const isTest = (path: string): boolean => path.endsWith(".test.ts");

/** Tests of what no test imports. */
const byPath: readonly (readonly [changed: RegExp, tests: string])[] = [
  [/^src\//, "test/architecture.test.ts"],
  [/^(dashboards|docs)\/|^[A-Z]+\.md$|^package\.json$|^deploy\/prometheus\/|^src\/fields\//, "test/docs"],
  [/^(dashboards|docs)\//, "test/dashboards"],
  [/^deploy\//, "test/deploy"],
  [/^test\/support\/workloads\/|^bench\/bare\.c$/, "test/kernel/workloads.test.ts"],
];

const mirrorOf = (path: string): string => path.replace(/^src\//, "test/").replace(/\.ts$/, ".test.ts");

const folderOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** Tests that import the file. Where none does, those that import the files that import it, and so on. */
function findNearest(path: string, imports: Imports): string[] {
  const seen = new Set([path]);
  for (let level = [path]; level.length > 0;) {
    const importers = [...imports].filter(([, targets]) => targets.some((target) => level.includes(target)));
    const found = importers.map(([from]) => from).filter((from) => !seen.has(from));
    const tests = found.filter(isTest);
    if (tests.length > 0) return tests;
    found.forEach((from) => seen.add(from));
    level = found;
  }
  return [];
}

/** Of the nearest tests those in the mirrored folder, where there are some: a fake that all tests use brings all tests. */
function testsOf(path: string, imports: Imports): string[] {
  if (isTest(path)) return [path];
  const nearest = findNearest(path, imports);
  const direct = nearest.filter((test) => imports.get(test)?.includes(path));
  const neighbours = nearest.filter((test) => folderOf(test) === folderOf(mirrorOf(path)));
  return direct.length > 0 || neighbours.length === 0 ? nearest : neighbours;
}

/** @param changed paths from the root of the repository; those that were deleted are not in `imports` */
export function selectTests(changed: readonly string[], imports: Imports): Selection {
  const related = changed.flatMap((path) => testsOf(path, imports)).filter((path) => imports.has(path));
  const named = byPath.flatMap(([pattern, tests]) => (changed.some((path) => pattern.test(path)) ? [tests] : []));
  const all = [...new Set([...related, ...named])].sort();
  const runs = (path: string): boolean => !isSlow(path) || changed.includes(path) || named.includes(path);
  return { run: all.filter(runs), leftOut: all.filter((path) => !runs(path)) };
}
