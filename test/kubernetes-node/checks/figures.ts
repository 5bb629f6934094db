/** What a page has to say of a container, by what the container itself wrote that it did. */

import { equal } from "node:assert/strict";
import type { ScrapedPage } from "../../support/page.ts";
import { namespace, type Cluster } from "../cluster.ts";
import { until } from "../wait.ts";

/** Labels of a series. */
export type Labels = Readonly<Record<string, string>>;

export const labelsOf = (pod: string, container: string) => ({ namespace, pod, container });

export const exits = (page: ScrapedPage, labels: Labels): number => page.sum("taskstats_process_exits_total", labels);
export const processes = (page: ScrapedPage, labels: Labels): number => page.sum("taskstats_processes", labels);

/** Processes of one command that ended with one code. */
export interface Tally {
  readonly groupname: string;
  readonly code: string;
  readonly count: number;
}

/** @returns undefined while the container is not done */
function parseTallies(lines: readonly string[]): readonly Tally[] | undefined {
  if (!lines.includes("done")) return undefined;
  return lines.flatMap((line) => {
    const [, groupname, code = "", count] = /^ended (\S+) (\d+) (\d+)$/.exec(line) ?? [];
    return groupname === undefined ? [] : [{ groupname, code, count: Number(count) }];
  });
}

/** Waits until a container is done. @returns what it says that it did */
export function untilDone({ pod, log }: Cluster, name: string, container: string): Promise<readonly Tally[]> {
  const ask = async (): Promise<readonly Tally[] | undefined> => parseTallies(log(await pod(name), container));
  return until(`${container} of ${name} done`, ask, 180_000);
}

/** Wherever ends of such processes are shown, and those of which nobody knows whose they were. */
function elsewhere(page: ScrapedPage, groupname: string, code: string): string {
  const counted = [...page.series].filter(([series, value]) => value > 0 && series.includes(`code="${code}"`));
  const prefix = "taskstats_process_exits_total{groupname=";
  const names = [`${prefix}"${groupname}"`, `${prefix}"unidentified"`];
  return counted
    .filter(([series]) => names.some((name) => series.startsWith(name)))
    .map(([series, value]) => `${series} ${value}`)
    .join("\n");
}

/**
 * Holds a page against what a container did, to the unit: every command and code, and that these commands did not end in any
 * other way. The runtime's own processes (`runc:...`), which end in a container before its program starts, are left out.
 */
export function equalTallies(page: ScrapedPage, labels: Labels, tallies: readonly Tally[]): void {
  let all = 0;
  for (const { groupname, code, count } of tallies) {
    const got = exits(page, { ...labels, groupname, reason: "exited", code });
    equal(got, count, `${groupname} with code ${code}: want ${count}, got ${got}\n${elsewhere(page, groupname, code)}`);
    all += count;
  }
  const commands = [...new Set(tallies.map(({ groupname }) => groupname))];
  const counted = commands.reduce((sum, groupname) => sum + exits(page, { ...labels, groupname }), 0);
  equal(counted, all, "all ends of these commands");
}
