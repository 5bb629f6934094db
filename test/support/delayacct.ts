/** Delay accounting on this machine, turned on for tests that need it and put back after. */

import { afterAll, beforeAll } from "@jest/globals";
import { readFileSync, writeFileSync } from "node:fs";

const path = "/proc/sys/kernel/task_delayacct";

/** Within a `describe`: sets kernel.task_delayacct for all its tests. */
export function useDelayacct(value: "0" | "1"): void {
  let before = "";
  beforeAll(() => {
    before = readFileSync(path, "utf8");
    writeFileSync(path, value);
  });
  afterAll(() => writeFileSync(path, before));
}
