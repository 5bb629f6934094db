/** Answers of scripts that behave as getent may. */

import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAskGetent } from "../../src/procfs/getent.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "getent-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(script: string): string {
  const path = join(directory, "getent");
  writeFileSync(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return path;
}

test("getent's answer has the ids that it knows, also where it does not know all", async () => {
  const ask = createAskGetent(write('[ "$*" = "passwd 5 6" ] && echo "alice:x:5:5::/home:/bin/sh"; exit 2'));
  expect(await ask([5, 6])).toEqual({ names: new Map([[5, "alice"]]) });
});

test("a program that is missing, one that fails, and one that hangs are told apart", async () => {
  expect(await createAskGetent(join(directory, "none"))([5])).toMatchObject({ failure: "missing" });
  expect(await createAskGetent(write("exit 3"))([5])).toMatchObject({ failure: "failed" });
  expect(await createAskGetent(write("exec sleep 600"), 50)([5])).toMatchObject({ failure: "timeout" });
});
