/** `query --cgroup`: prints how many threads of one control group are in which state, as the kernel replies. */

import { readCgroupTasks, systemOpener, type DirectoryOpener } from "../collect/cgroups/cgroup-reader.ts";
import { cgroupStates } from "../fields/cgroup-stats.ts";
import type { Netlink } from "../netlink/socket.ts";
import { createCgroupClient } from "../taskstats/cgroup-client.ts";
import { formatJson } from "../terminal/json.ts";
import { formatTable, type Cell } from "../terminal/table.ts";
import { escapeControls } from "../terminal/width.ts";

/** The kernel's reply for one control group. */
export interface CgroupAnswer {
  /** The directory as it was given. */
  readonly cgroup: string;
  readonly fields: readonly { readonly key: string; readonly value: number; readonly about: string }[];
}

/**
 * Sends one query to the kernel.
 *
 * @throws ExporterError CGROUP_MISSING, CGROUP_V2, CGROUP_UNFIT, CGROUP_UNREADABLE, CGROUP_UNANSWERED, FAMILY_MISSING, SOCKET_FAILED
 */
export async function queryCgroup(
  netlink: Netlink,
  path: string,
  opener: DirectoryOpener = systemOpener,
): Promise<CgroupAnswer> {
  const familyId = await netlink.resolveFamily();
  const socket = netlink.open({ receiveBufferBytes: 2 ** 16, slots: 2 });
  // A malformed answer is no answer, which the reader reports.
  const onMalformed = (): void => undefined;
  const client = createCgroupClient({ socket, familyId, onMalformed });
  try {
    const tasks = await readCgroupTasks({ path, where: `query --cgroup=${path}` }, client, opener);
    const fields = cgroupStates.map(({ state, member, about }, index) => {
      return { key: state, value: tasks[index] ?? NaN, about: `${about} (${member})` };
    });
    return { cgroup: path, fields };
  } finally {
    client.close();
  }
}

/** The reply as a table for a terminal: state, number of threads, meaning. */
export function formatCgroupAnswer({ cgroup, fields }: CgroupAnswer, colour: boolean): string {
  const rows = fields.map(({ key, value, about }): Cell[] => [
    { text: key, style: "bold" },
    value,
    "",
    { text: about, style: "dim" },
  ]);
  return `control group ${escapeControls(cgroup)}: its threads by state, without those of groups below it\n${formatTable(rows, { colour })}`;
}

/** The reply as JSON, in the form of that for a process. */
export function formatCgroupAnswerJson({ cgroup, fields }: CgroupAnswer): string {
  const values = Object.fromEntries(fields.map(({ key, value }) => [key, { value, unit: "events" }] as const));
  return formatJson({ cgroup, fields: values });
}
