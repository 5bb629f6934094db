import { expect, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { productionLock, productionManifest, type Lock, type Manifest } from "../../packaging/manifest.ts";

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8"));
const manifest = read("package.json") as Manifest & { readonly dependencies: Readonly<Record<string, string>> };
const lock = read("package-lock.json") as Lock;

test("the lock of those who run the program has all that it imports, and no compiler", () => {
  const paths = Object.keys(productionLock(lock).packages);
  for (const name of Object.keys(manifest.dependencies)) expect(paths).toContain(`node_modules/${name}`);
  expect(paths).toContain("node_modules/@koromix/koffi-linux-arm64");
  expect(paths.filter((path) => /typescript|jest|eslint|prettier/.test(path))).toEqual([]);
});

test("npm finds the manifest and the lock to be of each other", () => {
  const root = productionLock(lock).packages[""];
  expect(root).toMatchObject({ name: manifest.name, dependencies: manifest.dependencies });
  expect(root).not.toHaveProperty("devDependencies");
});

test("the manifest keeps what an installation reads, and nothing that only a clone can do", () => {
  const { name, version, license, bin, dependencies, engines } = manifest;
  expect(productionManifest(manifest)).toMatchObject({ name, version, license, bin, dependencies, engines });
  for (const key of ["private", "scripts", "devDependencies"])
    expect(productionManifest(manifest)).not.toHaveProperty(key);
});
