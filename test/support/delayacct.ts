/** Turns delay accounting of this machine on for tests that need it, and back afterwards. */

import { afterAll, beforeAll } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";
import { undoAtDeath } from "./undo.ts";

const path = "/proc/sys/kernel/task_delayacct";

/** Within a `describe`: sets kernel.task_delayacct for all its tests. */
export function useDelayacct(value: "0" | "1"): void {
  let before = "";
  let done = (): void => undefined;
  beforeAll(() => {
    before = readFileSync(path, "utf8").trim();
    done = undoAtDeath(["sh", "-c", 'echo "$0" > "$1"', before, path]);
    writeFileSync(path, value);
  });
  afterAll(() => {
    writeFileSync(path, before);
    done();
  });
}
