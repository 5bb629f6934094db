/** Writes pictures of documents: the visible part of a page, of the same size each time. */

import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";

/** What a picture may take: each reader of the README loads it. */
const mostBytes = 200_000;

/** @param name the file in `docs/images`. @throws Error where the picture takes too much */
export async function takePicture(page: Page, name: string): Promise<void> {
  const png = await page.screenshot({ animations: "disabled", caret: "hide" });
  if (png.length > mostBytes) throw new Error(`${name}: want ${mostBytes} bytes at the most, got ${png.length}`);
  writeFileSync(fileURLToPath(new URL(`../images/${name}`, import.meta.url)), png);
}
