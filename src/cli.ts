/** Parses and checks the command line. Starts nothing. */

import { listenAddressForm, parseListenAddress, type ListenAddress } from "./arguments/listen-address.ts";
import { askForHelp, parseArguments, type Arguments } from "./arguments/parse.ts";
import { programName } from "./arguments/program-name.ts";
import { parseShownExits } from "./arguments/shown-exits.ts";
import { collectsItself, parseExporter } from "./arguments/exporter.ts";
import { ExporterError } from "./base/errors.ts";
import { durationForm, parseDuration, parseSize, sizeForm } from "./base/quantity.ts";
import type { ShownExits } from "./commands/events/exit-filter.ts";
import { nearest } from "./config/nearest.ts";
import { stateCollectors, type StateCollector } from "./fields/state-metrics.ts";
import {
  commands,
  flags,
  hardenModes,
  kubernetesModes,
  logFormats,
  logLevels,
  type Command,
  type FlagName,
  type FlagRow,
  type HardenMode,
  type KubernetesMode,
  type LogFormat,
  type LogLevel,
} from "./flags.ts";
import { sortKeys, type SortKey } from "./live/view.ts";

/** A valid command line: the command and the value of every flag. */
export interface Invocation {
  readonly command: Command;
  readonly configFile: string | undefined;
  readonly listenAddresses: readonly ListenAddress[];
  /** Serve on the sockets that systemd passes, and ignore `listenAddresses`. */
  readonly systemdSocket: boolean;
  readonly telemetryPath: string;
  readonly webConfigFile: string | undefined;
  /** Answer /-/healthy and /-/ready without a password. */
  readonly healthIsPublic: boolean;
  readonly lifecycleEnabled: boolean;
  readonly runtimeMetrics: boolean;
  /** Whether the page shows the metrics of process-exporter too, under its names. */
  readonly processExporterNames: boolean;
  /** How many scrapes are served at the same time; 0 means no limit. */
  readonly maxRequests: number;
  /** Whether a scraper's page shows each new series once with the value 0. */
  readonly zeroFirst: boolean;
  readonly procRoot: string;
  readonly discoveryIntervalMs: number;
  readonly exitsEnabled: boolean;
  readonly exitsReceiveBufferBytes: number;
  /** The directories of control groups whose tasks are counted, each once, as they were given. */
  readonly cgroupDirectories: readonly string[];
  /** Whether figures are told by the names of threads too. */
  readonly threadNames: boolean;
  readonly children: boolean;
  readonly kernelThreads: boolean;
  readonly stateCollectors: ReadonlySet<StateCollector>;
  readonly kubernetes: KubernetesMode;
  /** Undefined where the flag is absent: the environment variable NODE_NAME then names the node. */
  readonly kubernetesNode: string | undefined;
  readonly serviceAccountDir: string;
  readonly harden: HardenMode;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly query: { readonly kind: "pid" | "tgid"; readonly id: number } | undefined;
  /** The directory of the control group that `query` asks about; undefined for other questions. */
  readonly queriedCgroup: string | undefined;
  /** The file that `check-config` checks; undefined for other commands. */
  readonly checkedFile: string | undefined;
  /** The process or thread that `explain` is asked about; undefined for all processes. */
  readonly explainedPid: number | undefined;
  readonly json: boolean;
  /** Which exits `events` shows. */
  readonly shownExits: ShownExits;
  readonly delayMs: number;
  /** The exporter that `top` asks; undefined where none is named. */
  readonly exporter: URL | undefined;
  /** Whether flags say how `top` is to collect, so that no other exporter's figures will do. */
  readonly collectsItself: boolean;
  readonly sort: SortKey;
  readonly once: boolean;
  readonly version: boolean;
  readonly help: boolean;
}

function badFlag(name: FlagName, want: string, got: string): ExporterError {
  return new ExporterError("FLAG_VALUE", { where: `--${name}`, want, got: `"${got}"`, remedy: askForHelp });
}

/** The longest duration of a flag. Node's timers take at most 2^31 - 1 ms, which is 24.8 days. */
const longestMs = 24 * 86_400_000;

function badCommand(where: string, want: string, got: string, remedy = askForHelp): ExporterError {
  return new ExporterError("COMMAND_UNKNOWN", { where, want, got, remedy });
}

function parseCommand(words: readonly string[]): Command {
  const [word = "serve", ...rest] = words;
  const command = commands.find((name) => name === word);
  const others = commands.slice(1);
  if (command === undefined || (word === "serve" && words.length > 0)) {
    const meant = nearest(word, others);
    const remedy = word === "serve" ? "leave it out" : meant && `did you mean ${meant}? Otherwise ${askForHelp}`;
    throw badCommand("command line", `no command, which serves, or ${others.join(" or ")}`, `"${word}"`, remedy);
  }
  if (rest.length > 0 && command !== "check-config") {
    throw badCommand(`command ${command}`, "flags only", `"${rest.join(" ")}"`);
  }
  return command;
}

function parseFile([, file, ...more]: readonly string[]): string {
  if (file !== undefined && file !== "" && more.length === 0) return file;
  const got = more.length > 0 ? `"${more.join(" ")}" besides` : file === undefined ? "none" : "an empty name";
  throw badCommand("command check-config", "one FILE", got, `${programName} check-config FILE`);
}

/** Refuses flags that the command ignores, because the user expects them to have an effect. */
function checkApplicable(command: Command, values: Arguments["values"]): void {
  for (const name of Object.keys(values) as FlagName[]) {
    const { only, kind, value = "VALUE" }: FlagRow = flags[name];
    if (only === undefined || only.includes(command)) continue;
    const [other = command] = only;
    const flag = kind === "switch" ? `--${name}` : `--${name}=${value}`;
    const want = command === "serve" ? "a flag that serving takes" : `a flag that \`${command}\` takes`;
    const owner = only.map((word) => (word === "serve" ? "serving" : `\`${word}\``)).join(" or ");
    const start = other === "serve" ? programName : `${programName} ${other}`;
    const remedy = `leave it out, or run ${start} ${flag}`;
    throw new ExporterError("FLAG_UNKNOWN", { where: `--${name}`, want, got: `one of ${owner}`, remedy });
  }
}

/** @throws ExporterError FLAG_VALUE */
function parseListenAddresses(values: Arguments["values"]): readonly ListenAddress[] {
  const given = values["web.listen-address"];
  if (given !== undefined && values["web.systemd-socket"] === true) {
    const where = "--web.systemd-socket";
    const remedy = "leave one of them out: the unit's ListenStream= says where systemd listens";
    throw new ExporterError("FLAG_VALUE", {
      ...{ where, remedy, want: "no --web.listen-address besides", got: "both" },
    });
  }
  return ((given as readonly string[] | undefined) ?? [flags["web.listen-address"].fallback]).map((text) => {
    const address = parseListenAddress(text);
    if (address === undefined) throw badFlag("web.listen-address", listenAddressForm, text);
    return address;
  });
}

/**
 * A directory is the value of a label, so it has to be the same wherever the program is started, and one that is given twice would give
 * the same series twice.
 *
 * @throws ExporterError FLAG_VALUE
 */
function parseCgroupDirectories(values: Arguments["values"]): readonly string[] {
  const name = "collector.cgroupstats";
  const directories = (values[name] as readonly string[] | undefined) ?? [];
  directories.forEach((directory, index) => {
    if (!directory.startsWith("/")) throw badFlag(name, "an absolute path", directory);
    if (directories.indexOf(directory) < index) throw badFlag(name, "each directory once", directory);
  });
  return directories;
}

/** `events` shows the news itself. `top` also shows, at its head, what is warned of. */
function defaultLogLevel(command: Command): LogLevel {
  if (command === "top") return "error";
  return command === "events" ? "warn" : flags["log.level"].fallback;
}

/** Paths of the pages for people. */
const takenPaths: ReadonlySet<string> = new Set(["/", "/group", "/live.json"]);

/**
 * Parses a command line.
 *
 * @param args the words after the program's name
 * @throws ExporterError FLAG_UNKNOWN, FLAG_VALUE, COMMAND_UNKNOWN
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const { values, words } = parseArguments(args);
  const command = parseCommand(words);
  checkApplicable(command, values);
  const text = (name: FlagName): string => String(values[name] ?? flags[name].fallback);
  const optional = (name: FlagName): string | undefined => (text(name) === "" ? undefined : text(name));
  const isOn = (name: FlagName): boolean => Boolean(values[name] ?? flags[name].fallback);
  /** `events` shows exits, and `top` what grows: neither shows what processes are and have now. */
  const showsStates = command !== "events" && command !== "top";
  /** process-exporter's names need all state collectors, unless one is switched off. */
  const collects = (name: StateCollector): boolean =>
    showsStates &&
    (isOn(`collector.${name}`) || (isOn("compat.process-exporter") && values[`collector.${name}`] === undefined));
  const duration = (name: FlagName, least: number): number => {
    const parsed = parseDuration(text(name));
    if (parsed === undefined || parsed < least || parsed > longestMs) {
      throw badFlag(name, `${durationForm}, from ${least}ms to 24d`, text(name));
    }
    return parsed;
  };
  const oneOf = <T extends string>(name: FlagName, choices: readonly T[]): T => {
    const choice = choices.find((candidate) => candidate === text(name));
    if (choice === undefined) throw badFlag(name, choices.join(" or "), text(name));
    return choice;
  };
  const size = (name: FlagName): number => {
    const parsed = parseSize(text(name));
    if (parsed === undefined || parsed < 1024 || parsed > 2 ** 30)
      throw badFlag(name, `${sizeForm}, from 1KiB to 1GiB`, text(name));
    return parsed;
  };
  const count = (name: FlagName): number => {
    if (!/^\d{1,6}$/.test(text(name))) throw badFlag(name, "a number from 0 to 999999", text(name));
    return Number(text(name));
  };
  const path = (name: FlagName): string => {
    const given = text(name);
    if (!/^\/[\w.~/-]*$/.test(given) || takenPaths.has(given) || /^\/(?:-|assets)\//.test(given)) {
      const taken = [...takenPaths].join(", ");
      const want = `a path of letters, digits and ._~-/ such as /metrics, other than ${taken} and what is below /-/ and /assets/`;
      throw badFlag(name, want, given);
    }
    return given;
  };

  return {
    command,
    configFile: optional("config.file"),
    listenAddresses: parseListenAddresses(values),
    systemdSocket: isOn("web.systemd-socket"),
    telemetryPath: path("web.telemetry-path"),
    webConfigFile: optional("web.config.file"),
    healthIsPublic: isOn("web.public-health"),
    lifecycleEnabled: isOn("web.enable-lifecycle"),
    runtimeMetrics: !isOn("web.disable-exporter-metrics"),
    processExporterNames: isOn("compat.process-exporter"),
    maxRequests: count("web.max-requests"),
    zeroFirst: isOn("web.zero-first"),
    procRoot: text("path.procfs"),
    discoveryIntervalMs: duration("discovery.interval", 100),
    exitsEnabled: isOn("exits.enabled"),
    exitsReceiveBufferBytes: size("exits.receive-buffer"),
    cgroupDirectories: parseCgroupDirectories(values),
    threadNames: isOn("collector.threads"),
    children: isOn("children"),
    kernelThreads: isOn("kernel-threads"),
    stateCollectors: new Set(stateCollectors.filter(collects)),
    kubernetes: oneOf("kubernetes", kubernetesModes),
    kubernetesNode: optional("kubernetes.node"),
    serviceAccountDir: text("kubernetes.service-account"),
    harden: oneOf("harden", hardenModes),
    logLevel: values["log.level"] === undefined ? defaultLogLevel(command) : oneOf("log.level", logLevels),
    logFormat: oneOf("log.format", logFormats),
    query: command === "query" && !isOn("help") && !isOn("version") ? parseQuery(values) : undefined,
    queriedCgroup: optional("cgroup"),
    checkedFile: command === "check-config" && !isOn("help") && !isOn("version") ? parseFile(words) : undefined,
    explainedPid: command === "explain" && text("pid") !== "" ? parseId("pid", text("pid")) : undefined,
    json: isOn("json"),
    shownExits: parseShownExits(values, badFlag),
    delayMs: duration("delay", command === "top" ? 500 : 0),
    exporter: parseExporter(values, badFlag),
    collectsItself: collectsItself(values),
    sort: oneOf("sort", sortKeys),
    once: isOn("once"),
    version: isOn("version"),
    help: isOn("help"),
  };
}

function parseId(name: "pid" | "tgid", text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < 1 || id > 2 ** 22) throw badFlag(name, "an id from 1 to 4194304", text);
  return id;
}

/** Of `query`, exactly one of its three questions is given. @returns undefined where it is about a control group */
function parseQuery(values: Arguments["values"]): Invocation["query"] {
  const given = (["tgid", "pid", "cgroup"] as const).filter((name) => values[name] !== undefined);
  const [kind, ...others] = given;
  if (kind === undefined || others.length > 0) {
    const got = kind === undefined ? "none" : given.map((name) => `--${name}`).join(" and ");
    const want = "one of --tgid=N (a process), --pid=N (a thread) and --cgroup=DIR (a control group)";
    throw new ExporterError("FLAG_VALUE", { where: "command query", want, got, remedy: askForHelp });
  }
  return kind === "cgroup" ? undefined : { kind, id: parseId(kind, String(values[kind])) };
}
