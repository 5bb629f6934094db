/** Knows the flags of process-exporter, and tells people who come from there what to use instead. */

const rules = "write rules under process_names into the file of --config.file: its grammar is process-exporter's";

/** Remedies for the flags that this program does not have. Source: process-exporter 0.8, cmd/process-exporter/main.go. */
const insteadOf: Readonly<Record<string, string>> = {
  "config.path":
    "give --config.file=FILE, it takes the same file; --compat.process-exporter keeps the names of metrics",
  procfs: "give --path.procfs=DIR",
  procnames: `${rules}, with comm: [NAME, ...]`,
  namemapping: `${rules}, with name, exe and cmdline`,
  "once-to-stdout-delay": "give the command once and --delay=DURATION",
  recheck: "leave it out: a process whose name or command line changes is always classified again",
  "recheck-with-time-limit": "leave it out: a process whose name or command line changes is always classified again",
  "remove-empty-groups": "leave it out: limits.group_retention in the file of --config.file says when empty groups go",
  "gather-smaps": "leave it out: proportional memory (smaps) is not collected, other memory by --collector.memory",
  threads: "give --collector.threads for figures by the names of threads; threads are accounted in any case",
  debug: "give --log.level=debug",
  man: "give --help",
};

/** The remedy for a flag that only process-exporter has; undefined for all other names. */
export function insteadOfForeign(name: string): string | undefined {
  return Object.hasOwn(insteadOf, name) ? insteadOf[name] : undefined;
}
