/** A configuration file of a test, which the test may write again. */

import { afterAll, beforeAll } from "@jest/globals";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RuleSpec } from "../../src/classify/rule.ts";

/** What a test writes; any key of the file besides the rules. */
export interface WrittenConfig {
  readonly process_names: readonly RuleSpec[];
  readonly limits?: Readonly<Record<string, number | string>>;
  readonly histograms?: Readonly<Record<string, object>>;
  readonly kubernetes?: Readonly<Record<string, object | string>>;
}

export interface ConfigFile {
  readonly path: string;
  /** @returns the flag that names the file */
  write(config: WrittenConfig | string): string;
}

/** Within a `describe`: makes a file that is removed after all its tests. */
export function useConfigFile(): ConfigFile {
  const directory = mkdtempSync(join(tmpdir(), "configuration-"));
  const path = join(directory, "groups.yaml");
  beforeAll(() => writeFileSync(path, ""));
  afterAll(() => rmSync(directory, { recursive: true }));
  return {
    path,
    write(config) {
      // JSON is YAML. The file is replaced in one step, since the program may be reading it.
      writeFileSync(`${path}.new`, typeof config === "string" ? config : JSON.stringify(config));
      renameSync(`${path}.new`, path);
      return `--config.file=${path}`;
    },
  };
}
