/** What is in force of privileges, for the page, the landing page and the log. Pure. */

import { formatCapabilities } from "./capabilities.ts";
import type { Privileges } from "./status.ts";

export interface ShownPrivileges {
  /** Of the metric and of the log's line. */
  readonly labels: Readonly<Record<"uid" | "capabilities" | "bounding" | "no_new_privs" | "seccomp", string>>;
  /** One line for a person. */
  readonly summary: string;
}

/** @param remark what else is to be said; undefined for nothing */
export function showPrivileges(privileges: Privileges, remark: string | undefined): ShownPrivileges {
  const { uid, permitted, effective, bounding, noNewPrivileges, seccomp } = privileges;
  const labels = {
    uid: String(uid),
    capabilities: formatCapabilities(permitted | effective),
    bounding: formatCapabilities(bounding),
    no_new_privs: String(noNewPrivileges),
    seccomp: String(seccomp),
  };
  const parts = [
    `user ${labels.uid}`,
    `capabilities: ${labels.capabilities}`,
    `of what it executes: ${labels.bounding} at the most`,
    noNewPrivileges ? "no new privileges (no_new_privs)" : "can gain privileges (no no_new_privs)",
    seccomp ? "system calls are filtered" : "system calls are not filtered",
  ];
  const summary = [parts.join("; "), ...(remark === undefined ? [] : [remark])].join(". ");
  return { labels, summary };
}
