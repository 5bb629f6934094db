import { describe, expect, test } from "@jest/globals";
import { ExporterError } from "../../src/base/errors.ts";
import { createCounters } from "../../src/collect/counters.ts";
import { createReload, createScrapeErrorNote } from "../../src/commands/serve.ts";
import type { Log } from "../../src/log.ts";

function createLines(): { readonly lines: string[]; readonly log: Log } {
  const lines: string[] = [];
  const at = (level: string) => (_fields: object, message: string) => void lines.push(`${level}: ${message}`);
  return { lines, log: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") } };
}

describe("a reload", () => {
  test("says in the log and in its answer that the file was loaded", async () => {
    const { lines, log } = createLines();
    const reload = createReload({ configFile: "a.yaml" }, { reload: () => Promise.resolve() }, log);
    expect([await reload(), lines]).toEqual([
      "the configuration was loaded again",
      ["info: the configuration was loaded again"],
    ]);
  });

  test("says that there is nothing to load if there is no file", async () => {
    const { lines, log } = createLines();
    const reload = createReload({ configFile: undefined }, { reload: () => Promise.resolve() }, log);
    expect(await reload()).toBe("there is no configuration to load again: --config.file was not given");
    expect(lines.join()).not.toContain("was loaded again");
  });

  test("logs a bad file each time it is loaded, and rejects", async () => {
    const { lines, log } = createLines();
    const failing = { reload: () => Promise.reject(new Error("a.yaml:1:1")) };
    const reload = createReload({ configFile: "a.yaml" }, failing, log);
    await expect(reload()).rejects.toThrow("a.yaml:1:1");
    await expect(reload()).rejects.toThrow("a.yaml:1:1");
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^error: .*the one before stays in force/);
  });
});

describe("a scrape without a page", () => {
  const error = (code: "NOT_READY" | "SCRAPE_TIMEOUT") => new ExporterError(code, { where: "x", want: "y", got: "z" });

  test("before the first page is counted, and logged at level debug", () => {
    const { lines, log } = createLines();
    const counters = createCounters();
    createScrapeErrorNote({ counters }, log)("NOT_READY", error("NOT_READY"));
    expect([...counters.scrapeErrors]).toEqual([["NOT_READY", 1]]);
    expect(lines).toEqual([expect.stringMatching(/^debug: /)]);
  });

  test("for any other reason is logged as an error", () => {
    const { lines, log } = createLines();
    createScrapeErrorNote({ counters: createCounters() }, log)("SCRAPE_TIMEOUT", error("SCRAPE_TIMEOUT"));
    expect(lines).toEqual(["error: a scrape was answered with 503"]);
  });
});
