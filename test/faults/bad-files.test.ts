/** Hostile files that the built program loads while it runs. The previous files stay in force. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useConfigFile } from "../support/config-file.ts";
import { startProgram, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const levels = 10_000;

/** Each file is nested too deeply for a recursive parser. */
const nested = {
  "flow lists": "[".repeat(levels),
  "closed flow lists": "[".repeat(levels) + "]".repeat(levels),
  "flow mappings": "{a: ".repeat(levels) + "}".repeat(levels),
  "block lists": "- ".repeat(levels),
  "block mappings": Array.from({ length: 1000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"),
  "a pattern in parentheses": `process_names: [{ name: a, cmdline: ["${"(".repeat(levels)}a${")".repeat(levels)}"] }]`,
  "a pattern that repeats repeats": `process_names: [{ name: a, cmdline: ["${"(".repeat(900)}a${"{1,9})".repeat(900)}"] }]`,
  "aliases of aliases": [
    "x-0: &a0 [a, a, a, a, a, a, a, a]",
    ...Array.from({ length: 30 }, (_, at) => `x-${at + 1}: &a${at + 1} [${`*a${at}, `.repeat(8)}]`),
    "process_names: *a30",
  ].join("\n"),
};

const good = { process_names: [{ name: "all", cmdline: ["."] }] };

describeKernel("the built program", () => {
  const config = useConfigFile();
  let directory: string;
  let program: Program | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "bad-files-"));
  });
  afterEach(async () => {
    await program?.stop();
    program = undefined;
    rmSync(directory, { recursive: true });
  });

  test("keeps its configuration if a deeply nested file is loaded", async () => {
    const started = (program = await startProgram([config.write(good), "--web.enable-lifecycle"]));
    for (const text of Object.values(nested)) {
      config.write(text);
      const response = await fetch(new URL("/-/reload", started.url), { method: "POST" });
      expect([response.status, await response.text()]).toEqual([
        500,
        expect.stringMatching(/^CONFIG at .*groups\.yaml:\d+/),
      ]);
      const page = await started.scrape();
      expect(page.value("taskstats_exporter_config_last_reload_successful")).toBe(0);
      expect(page.value("taskstats_processes", { groupname: "all" })).toBeGreaterThan(0);
    }
    expect(started.log()).not.toMatch(/^\s+at /m);
  });

  test("refuses requests while its web configuration is deeply nested, and serves again when it is valid", async () => {
    const file = join(directory, "web.yml");
    const users = `basic_auth_users:\n  alice: ${await bcrypt("wonderland", 4)}\n`;
    writeFileSync(file, "");
    const started = (program = await startProgram([`--web.config.file=${file}`]));
    writeFileSync(file, users);
    const authorization = `Basic ${Buffer.from("alice:wonderland").toString("base64")}`;
    for (const text of Object.values(nested)) {
      writeFileSync(file, text);
      expect((await started.get("/metrics", { authorization })).status).toBe(500);
      writeFileSync(file, users);
      expect((await started.get("/metrics")).status).toBe(401);
      expect((await started.get("/metrics", { authorization })).status).toBe(200);
    }
    expect(started.log()).not.toMatch(/^\s+at /m);
  });
});
