/** Describes the privileges of this process, for the metrics, the landing page and the log. Pure. */

import { formatCapabilities } from "./capabilities.ts";
import type { Privileges } from "./status.ts";

export interface ShownPrivileges {
  /** The labels of the metric, and the fields of the line in the log. */
  readonly labels: Readonly<Record<"uid" | "capabilities" | "bounding" | "no_new_privs" | "seccomp", string>>;
  /** One line for people. */
  readonly summary: string;
}

/** @param remark appended to the summary; undefined for none */
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
