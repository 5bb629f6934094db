/** Captures this kernel's datagrams by the script that captures those of a developer's machine. */

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { FixtureFile } from "../report.ts";
import { guestWords } from "./words.ts";

const script = fileURLToPath(new URL("../../support/capture.js", import.meta.url));
const fixtures = fileURLToPath(new URL("../../fixtures", import.meta.url));

/** Whether the host asked for it. */
export const captureWanted = (): boolean => guestWords().split(/\s+/).includes("guest.capture");

/** @returns the files that belong below test/fixtures. @throws Error with the script's message */
export async function captureFixtures(): Promise<FixtureFile[]> {
  await promisify(execFile)(process.execPath, [script]);
  const paths = readdirSync(fixtures, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return paths.map(({ parentPath, name }) => {
    const path = join(parentPath, name);
    return { path: path.slice(fixtures.length + 1), text: readFileSync(path, "utf8") };
  });
}
