/** Asks getent(1) for users. It asks all name services of this host (nsswitch.conf): passwd, but also LDAP, SSSD or systemd. */

import { execFile } from "node:child_process";
import { parsePasswd } from "./parse.ts";

/** Why getent has given no answer. */
export type GetentFailure = "missing" | "timeout" | "failed";

export type GetentAnswer =
  { readonly names: ReadonlyMap<number, string> } | { readonly failure: GetentFailure; readonly reason: string };

/** Asks for the names of users. The answer lacks the ids that no name service knows. */
export type AskGetent = (uids: readonly number[]) => Promise<GetentAnswer>;

/** After this time a name service counts as hanging. */
const timeoutMs = 5000;

/** Status of getent where it has not found all keys. It prints those that it has found. Source: glibc's nss/getent.c. */
const KEY_NOT_FOUND = 2;

/** @param program the path of getent, or its name in PATH */
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
