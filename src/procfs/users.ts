/** Names of users by id, from passwd(5). */

import { readFileSync, statSync } from "node:fs";
import { parsePasswd } from "./parse.ts";

export interface UserNames {
  /** The user's name; the id in decimal where it has none. */
  nameOf(uid: number): string;
}

/** @param path of the passwd file; where it cannot be read, users are named by their ids */
export function createUserNames(path: string): UserNames {
  let names: ReadonlyMap<number, string> = new Map();
  let readAtMs = NaN;

  function modifiedAtMs(): number | undefined {
    return statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  }

  /** Only an id without a name is reason to look whether the file has changed. */
  function refresh(): void {
    try {
      const changedAtMs = modifiedAtMs();
      if (changedAtMs === undefined || changedAtMs === readAtMs) return;
      names = parsePasswd(readFileSync(path, "utf8"));
      readAtMs = changedAtMs;
    } catch {
      // What cannot be read names nobody.
    }
  }

  return {
    nameOf(uid) {
      if (!names.has(uid)) refresh();
      return names.get(uid) ?? String(uid);
    },
  };
}
