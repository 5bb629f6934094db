/** What pages need besides their HTML: a style sheet, a script and an icon. They are read once, at the start. */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

const types = {
  "page.css": "text/css; charset=utf-8",
  "page.js": "text/javascript; charset=utf-8",
  "icon.svg": "image/svg+xml",
} as const;

/** The files of src/browser that a build copies. */
export const assetNames = Object.keys(types) as readonly (keyof typeof types)[];

export interface Asset {
  readonly type: string;
  readonly content: Buffer;
}

export interface Assets {
  /** Changes with the content of any asset. */
  readonly version: string;
  readonly files: ReadonlyMap<string, Asset>;
}

export function readAssets(): Assets {
  const hash = createHash("sha256");
  const files = Object.entries(types).map(([name, type]) => {
    const content = readFileSync(new URL(`../../browser/${name}`, import.meta.url));
    hash.update(content);
    return [name, { type, content }] as const;
  });
  return { version: hash.digest("hex").slice(0, 12), files: new Map(files) };
}
