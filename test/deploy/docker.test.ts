/** deploy/docker without a build: what `npm run test:image` does on a real one takes minutes. */

import { expect, test } from "@jest/globals";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { youngGenerationFlag } from "../../src/heap.ts";
import { repository } from "../support/shipped-queries.ts";

const read = (path: string): string => readFileSync(join(repository, path), "utf8");
const dockerfile = read("deploy/docker/Dockerfile");
const { version, bin } = JSON.parse(read("package.json")) as {
  readonly version: string;
  readonly bin: { readonly "taskstats-exporter": string };
};

/** What is copied from the project. */
const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, sources = ""]) =>
  sources.split(" "),
);

test("what the image is built from exists and is let through to the build", () => {
  const letThrough = read(".dockerignore").split("\n");
  expect(letThrough).toContain("*");
  expect(copied).toContain("package-lock.json");
  expect(copied.filter((source) => !existsSync(join(repository, source)))).toEqual([]);
  expect(copied.filter((source) => !letThrough.includes(`!${source}`))).toEqual([]);
});

test("an image that is built without more has the version of package.json", () => {
  expect(/^ARG VERSION=(.*)$/m.exec(dockerfile)?.[1]).toBe(version);
});

test("the entry point is node with the program that package.json names", () => {
  const entryPoint = /^ENTRYPOINT (.*)$/m.exec(dockerfile)?.[1] ?? "";
  expect(JSON.parse(entryPoint)).toEqual([
    ...["/usr/bin/node", youngGenerationFlag],
    join("/app", bin["taskstats-exporter"]),
  ]);
});
