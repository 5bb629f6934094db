/**
 * Keys beside `process_names` in files of other programs that take process-exporter's rules: Grafana's agents, process-exporter's
 * flags, its Helm chart. A key is ignored with a warning if that changes nothing. Otherwise it is refused, with the setting to use
 * instead. Source: docs of integrations.process_exporter (Grafana Agent) and prometheus.exporter.process (Alloy).
 */

import { parseBoolean } from "../yaml/boolean.ts";

/** What the program does about a key of another program. */
export type AgentKeyVerdict =
  | { readonly kind: "ignored"; readonly reason: string }
  | { readonly kind: "refused"; readonly want: string; readonly remedy: string };

interface AgentKey {
  /** True for a value that can be ignored. If left out, any value can. */
  readonly isHarmless?: (value: unknown) => boolean;
  /** Why the key can be ignored. */
  readonly ignored?: string;
  /** What to do instead, where the key cannot be ignored. */
  readonly remedy?: string;
}

const is = (wanted: boolean) => (value: unknown) => typeof value === "string" && parseBoolean(value) === wanted;
const isNever = (): boolean => false;

const enabled: AgentKey = {
  isHarmless: is(true),
  ignored: "the program serves whenever it is started",
  remedy: "remove the key, and do not start the program where it is not wanted",
};
const children: AgentKey = {
  isHarmless: is(true),
  ignored: "unmatched children join their parent's group unless --no-children is given",
  remedy: "remove the key, and start the program with --no-children",
};
const recheck: AgentKey = { ignored: "the group of a running process is always looked for again" };
const threads: AgentKey = { ignored: "what is counted of a group includes all its threads, whatever this says" };
const smaps: AgentKey = { ignored: "memory is not read from smaps" };
const procfs: AgentKey = {
  isHarmless: (value) => value === "/proc",
  ignored: "it is the default of --path.procfs",
  remedy: "remove the key, and start the program with --path.procfs=DIRECTORY",
};
const emptyGroups: AgentKey = { ignored: "limits.group_retention says when a group without processes leaves the page" };
const scraping: AgentKey = { ignored: "this belongs to the scrape configuration of Prometheus" };
const relabelling: AgentKey = {
  isHarmless: (value) => Array.isArray(value) && value.length === 0,
  ignored: "an empty list changes nothing",
  remedy: "move it to the scrape configuration of Prometheus",
};
const block: AgentKey = {
  isHarmless: isNever,
  remedy: "make a file of what stands below process_exporter, its process_names above all",
};
const rules: AgentKey = { isHarmless: isNever, remedy: "call it process_names" };

const keys: ReadonlyMap<string, AgentKey> = new Map([
  ["enabled", enabled],
  ["track_children", children],
  ["children", children],
  ["recheck_on_scrape", recheck],
  ["recheck", recheck],
  ["recheck_with_time_limit", recheck],
  ["track_threads", threads],
  ["threads", threads],
  ["gather_smaps", smaps],
  ["procfs_path", procfs],
  ["procfs", procfs],
  ["remove_empty_groups", emptyGroups],
  ["instance", scraping],
  ["scrape_integration", scraping],
  ["scrape_interval", scraping],
  ["scrape_timeout", scraping],
  ["wal_truncate_frequency", scraping],
  ["relabel_configs", relabelling],
  ["metric_relabel_configs", relabelling],
  ["integrations", block],
  ["process_exporter", block],
  ["matcher", rules],
  ["groups", rules],
]);

/** Decides about a key by its value. A key without a value can be ignored. @returns undefined for a key that is not in the table */
export function judgeAgentKey(key: string, value: unknown): AgentKeyVerdict | undefined {
  const known = keys.get(key);
  if (known === undefined) return undefined;
  const { isHarmless = () => true, ignored = "it has no value", remedy = "remove the key" } = known;
  if (value === null || isHarmless(value))
    return { kind: "ignored", reason: value === null ? "it has no value" : ignored };
  return { kind: "refused", want: "no key of another program", remedy };
}
