/**
 * Takes the pictures in `docs/images`, all or those that are named: `npm run docs:screenshot -- live`. It needs root, a
 * build, Debian's packages prometheus and chromium, and two minutes.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { startBrowser, type TestBrowser } from "../test/support/browser.ts";
import { takeLivePictures } from "./pictures/live.ts";
import { takePrometheusPicture } from "./pictures/prometheus.ts";

const switchPath = "/proc/sys/kernel/task_delayacct";

const parts: Readonly<Record<string, (browser: TestBrowser) => Promise<void>>> = {
  live: takeLivePictures,
  prometheus: takePrometheusPicture,
};

const named = process.argv.slice(2);
const unknown = named.filter((name) => !(name in parts));
if (unknown.length > 0) throw new Error(`want ${Object.keys(parts).join(" or ")}, got ${unknown.join(" ")}`);

const before = readFileSync(switchPath, "utf8");
writeFileSync(switchPath, "1");
try {
  const browser = await startBrowser();
  try {
    for (const [name, take] of Object.entries(parts))
      if (named.length === 0 || named.includes(name)) await take(browser);
  } finally {
    await browser.close();
  }
} finally {
  writeFileSync(switchPath, before);
}
