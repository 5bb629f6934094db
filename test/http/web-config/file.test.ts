import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { ExporterError } from "../../../src/base/errors.ts";
import { createWebConfigFile, reasonOf, webConfigError } from "../../../src/http/web-config/file.ts";

let path = "";
beforeAll(() => void (path = join(mkdtempSync(join(tmpdir(), "web-file-")), "web.yml")));
beforeEach(() => writeFileSync(path, "rate_limit: {interval: 1s, burst: 1}\n"));
afterAll(() => rmSync(join(path, ".."), { recursive: true }));

describe("the file", () => {
  test("is opened only when it is read", () => {
    const file = createWebConfigFile(join(path, "missing"));
    expect(() => file.read()).toThrow(`WEB_CONFIG at ${path}/missing: want a readable file, got `);
  });

  test("is not parsed again while its text is the same", () => {
    const file = createWebConfigFile(path);
    const first = file.read();
    writeFileSync(path, "rate_limit: {interval: 1s, burst: 1}\n");
    expect(file.read()).toBe(first);
  });

  test("is parsed again when its text changes, though its length does not", () => {
    const file = createWebConfigFile(path);
    expect(file.read().rateLimit).toEqual({ intervalMs: 1000, burst: 1 });
    writeFileSync(path, "rate_limit: {interval: 2s, burst: 3}\n");
    expect(file.read().rateLimit).toEqual({ intervalMs: 2000, burst: 3 });
  });

  test("that has become bad is an error at each read, and is read again once it is mended", () => {
    const file = createWebConfigFile(path);
    const first = file.read();
    writeFileSync(path, "rate_limit: 1\n");
    for (let count = 0; count < 2; count++) expect(() => file.read()).toThrow(`WEB_CONFIG at ${path}:1:13: `);
    writeFileSync(path, "rate_limit: {interval: 1s, burst: 1}\n");
    expect(file.read()).toEqual(first);
  });
});

describe("an error of the file", () => {
  test("that has a code stays what it is", () => {
    const error = new ExporterError("WEB_CONFIG", { where: "web.yml:1:1", want: "a", got: "b" });
    expect(webConfigError(error, "web.yml")).toBe(error);
  });

  test("of any other kind gets the code, the path, and its own text", () => {
    const cause = new RangeError("too deep");
    const error = webConfigError(cause, "web.yml");
    expect([error.code, error.where, error.cause]).toEqual(["WEB_CONFIG", "web.yml", cause]);
    expect(error.message).toContain("want a usable web configuration, got too deep");
  });

  test.each<[unknown, string]>([
    [new Error("a: b"), "a: b"],
    [new TypeError("c"), "c"],
    ["text", "text"],
    [undefined, "undefined"],
    [runInNewContext('new RangeError("of another realm")'), "of another realm"],
  ])("%p has the text %j", (cause, text) => expect(reasonOf(cause)).toBe(text));
});
