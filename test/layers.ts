/**
 * The law of imports, as tables. `architecture.test.ts` enforces it, and `npm run docs` writes the table and the picture of
 * `docs/architecture.md` from it. A folder of `src` is a layer.
 */

export interface Layer {
  /** What is in the folder, for the table of `docs/architecture.md`. */
  readonly holds: string;
  /** The layers below that it may import. Within itself a layer may always import. */
  readonly imports: readonly string[];
}

/** From the lowest layer to the highest. */
export const layers: Readonly<Record<string, Layer>> = {
  base: {
    holds: "the table of errors, clock, timer, mutex, byte order, durations and sizes, bounded files",
    imports: [],
  },
  privileges: {
    holds:
      "what this process may do, and giving up the rest: `privileges/system.ts` calls C, `privileges/give-up.ts` has the order",
    imports: [],
  },
  terminal: { holds: "tables, columns, colours, durations and sizes, and JSON for a terminal", imports: [] },
  fields: { holds: "every kernel field and every metric, as tables", imports: [] },
  classify: { holds: "the rules that give a process to a group: conditions, patterns, templates", imports: [] },
  netlink: {
    holds: "messages, attributes and sockets: `netlink/libc.ts` calls C, `netlink/family.ts` resolves the family",
    imports: ["base"],
  },
  procfs: {
    holds: "`/proc` and control groups: `procfs/parse.ts` turns text into values, `procfs/read.ts` reads the files",
    imports: ["base"],
  },
  yaml: { holds: "a YAML text as values with their places, and the list of complaints about them", imports: ["base"] },
  systemd: { holds: "messages to the service manager: `systemd/datagram.ts` calls C", imports: ["base"] },
  taskstats: {
    holds: "requests, replies and exit events; the layout of each struct version; the client",
    imports: ["base", "fields", "netlink"],
  },
  connector: {
    holds: "fork and exec events of the process connector: bytes, the kernel's filter, the client",
    imports: ["base", "netlink"],
  },
  account: { holds: "rows, accounts and histograms: what was billed", imports: ["base", "fields"] },
  exposition: {
    holds: "a page in its formats, made of figures: lines of text, or messages of protobuf",
    imports: ["fields", "account"],
  },
  live: {
    holds: "what people are shown: rates of the last 15 minutes, the exporter's state in words",
    imports: ["base", "fields", "account", "exposition"],
  },
  kubernetes: {
    holds: "the pods of this node: list, watch, and their names by container id",
    imports: ["base", "classify"],
  },
  config: {
    holds: "the configuration file: schema, mistakes with their place, warnings",
    imports: ["base", "fields", "classify", "yaml"],
  },
  execs: {
    holds: "the exec watcher: its thread, its snapshots, the lineage of processes",
    imports: ["base", "netlink", "procfs", "connector", "classify"],
  },
  http: {
    holds: "express, scrapes; `http/pages/` are the pages for people; `http/web-config/` reads exporter-toolkit's file",
    imports: ["base", "terminal", "fields", "account", "exposition", "live", "yaml"],
  },
  collect: {
    holds:
      "the layers at run time: `collect/groups` (which processes there are, and whose), `collect/polls`, `collect/exits`, and the collector above them",
    imports: [
      "base",
      "fields",
      "netlink",
      "procfs",
      "taskstats",
      "connector",
      "classify",
      "account",
      "kubernetes",
      "execs",
      "exposition",
    ],
  },
};

/** What the files and folders of the top are, in one row of the table. They may import every layer. */
export const topHolds = "the command line, the commands, the log, and the wiring of the layers";

/** Files and folders of the top, which put the layers together, and the only ones that may. */
export const top: readonly string[] = [
  "main.ts",
  "debugger-signal.ts",
  "harden.ts",
  "heap.ts",
  "program.ts",
  "cli.ts",
  "arguments",
  "output",
  "flags.ts",
  "exporter.ts",
  "kernel-access.ts",
  "default-grouping-rules.ts",
  "grouping-rules.ts",
  "pods.ts",
  "log.ts",
  "tick.ts",
  "thread-exit.ts",
  "commands",
];

/** Packages that only these files and folders may import. */
export const onlyIn: Readonly<Record<string, readonly string[]>> = {
  koffi: ["netlink/libc.ts", "privileges/system.ts", "systemd/datagram.ts"],
  re2js: ["classify/pattern.ts"],
  netlink: ["netlink/family.ts"],
  "prom-client": ["exposition/runtime-metrics.ts"],
  express: ["http/app.ts"],
  yaml: ["yaml", "http/web-config/yaml-fields.ts"],
  valibot: ["config"],
  pino: ["log.ts"],
};

/** Layers that know neither Node nor a clock, and the packages that they may use, which know neither too. */
export const pure = ["fields", "classify", "account"];
export const purePackages = ["re2js"];

/** No file of `src/collect` may take values from more than this many other files of `src/collect`. */
export const mostImportsWithinCollect = 8;
