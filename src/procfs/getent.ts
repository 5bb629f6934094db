/** Asks getent(1) for users, which asks all name services of this host (nsswitch.conf): LDAP, SSSD, systemd and others besides passwd. */

import { execFile } from "node:child_process";
import { parsePasswd } from "./parse.ts";

/** How an attempt ended that brought no answer. */
export type GetentFailure = "missing" | "timeout" | "failed";

export type GetentAnswer =
  { readonly names: ReadonlyMap<number, string> } | { readonly failure: GetentFailure; readonly reason: string };

/** Asks for the names of users. Ids that no name service knows are left out of the answer. */
export type AskGetent = (uids: readonly number[]) => Promise<GetentAnswer>;

/** A name service that has not answered by then is taken for one that hangs. */
const timeoutMs = 5000;

/** getent's status where a key was not found, with what was found in its output. Source: glibc's nss/getent.c. */
const KEY_NOT_FOUND = 2;

/** @param program its path, or the name that PATH finds */
export function createAskGetent(program = "getent", limitMs = timeoutMs): AskGetent {
  return (uids) =>
    new Promise((resolve) => {
      const options = { timeout: limitMs, killSignal: "SIGKILL", maxBuffer: 2 ** 20 } as const;
      execFile(program, ["passwd", ...uids.map(String)], options, (error, stdout) => {
        if (error === null || error.code === KEY_NOT_FOUND) resolve({ names: parsePasswd(stdout) });
        else if (error.killed === true) resolve({ failure: "timeout", reason: `no answer within ${limitMs} ms` });
        else resolve({ failure: error.code === "ENOENT" ? "missing" : "failed", reason: error.message });
      });
    });
}
