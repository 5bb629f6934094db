/** The command line, parsed and checked. It starts nothing. */

import { parseArgs, type ParseArgsConfig } from "node:util";
import { ExporterError } from "./base/errors.ts";
import { durationForm, parseDuration, parseSize, sizeForm } from "./base/quantity.ts";
import {
  commands,
  flags,
  kubernetesModes,
  type Command,
  type FlagName,
  type FlagRow,
  type KubernetesMode,
} from "./flags.ts";
import { logFormats, logLevels, type LogFormat, type LogLevel } from "./log.ts";

/** A command line that was understood. */
export interface Invocation {
  readonly command: Command;
  readonly configFile: string | undefined;
  readonly listenAddress: ListenAddress;
  readonly telemetryPath: string;
  readonly webConfigFile: string | undefined;
  readonly lifecycleEnabled: boolean;
  readonly runtimeMetrics: boolean;
  readonly procRoot: string;
  readonly discoveryIntervalMs: number;
  readonly exitsEnabled: boolean;
  readonly exitsReceiveBufferBytes: number;
  readonly children: boolean;
  readonly kernelThreads: boolean;
  readonly kubernetes: KubernetesMode;
  /** Undefined where the environment names it. */
  readonly kubernetesNode: string | undefined;
  readonly serviceAccountDir: string;
  readonly logLevel: LogLevel;
  readonly logFormat: LogFormat;
  readonly query: { readonly kind: "pid" | "tgid"; readonly id: number } | undefined;
  /** What `check-config` is to check. */
  readonly checkedFile: string | undefined;
  /** The one process to explain; all where it is undefined. */
  readonly explainedPid: number | undefined;
  readonly json: boolean;
  readonly delayMs: number;
  readonly version: boolean;
  readonly help: boolean;
}

export interface ListenAddress {
  /** Undefined for all addresses of this host. */
  readonly host: string | undefined;
  readonly port: number;
}

function badFlag(name: FlagName, want: string, got: string): ExporterError {
  return new ExporterError("FLAG_VALUE", { where: `--${name}`, want, got: `"${got}"` });
}

function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:]*)):(\d{1,5})$/.exec(text);
  const port = Number(match?.[3] ?? NaN);
  if (match === null || port > 65_535) {
    throw badFlag("web.listen-address", "host:port, [v6]:port or :port, with a port up to 65535", text);
  }
  const host = match[1] ?? match[2];
  return { host: host === "" ? undefined : host, port };
}

/** Timers of Node count milliseconds in 31 bits. */
const longestMs = 24 * 86_400_000;

type Values = Readonly<Record<string, string | boolean>>;

function parseFlags(args: readonly string[]): { values: Values; positionals: readonly string[] } {
  const options: NonNullable<ParseArgsConfig["options"]> = Object.fromEntries(
    Object.entries(flags).map(([name, { kind }]) => [name, { type: kind === "switch" ? "boolean" : "string" }]),
  );
  try {
    const parsed = parseArgs({ args: [...args], options, allowPositionals: true, allowNegative: true, strict: true });
    return { values: parsed.values as Values, positionals: parsed.positionals };
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    // Node's own advice after the first sentence is about its own ways, not this program's.
    const [got = ""] = message.split(". ");
    const want = "a flag of this program and its value";
    const unknown = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION";
    throw new ExporterError(unknown ? "FLAG_UNKNOWN" : "FLAG_VALUE", { where: "command line", want, got, cause });
  }
}

function parseCommand(positionals: readonly string[]): Command {
  const [word = "serve", ...rest] = positionals;
  const command = commands.find((name) => name === word);
  if (command === undefined || (word === "serve" && positionals.length > 0)) {
    throw new ExporterError("COMMAND_UNKNOWN", {
      where: "command line",
      want: `no command, which serves, or ${commands.slice(1).join(" or ")}`,
      got: `"${word}"`,
    });
  }
  if (rest.length > 0 && command !== "check-config") {
    throw new ExporterError("COMMAND_UNKNOWN", {
      where: `command ${command}`,
      want: "flags only",
      got: `"${rest.join(" ")}"`,
    });
  }
  return command;
}

function parseFile([, file, ...more]: readonly string[]): string {
  if (file !== undefined && more.length === 0) return file;
  const got = file === undefined ? "none" : `"${more.join(" ")}" besides`;
  throw new ExporterError("COMMAND_UNKNOWN", { where: "command check-config", want: "one FILE", got });
}

/** A flag that a command would ignore is refused: who gave it expects an effect. */
function checkApplicable(command: Command, values: Values): void {
  for (const name of Object.keys(values) as FlagName[]) {
    const row: FlagRow = flags[name];
    if (row.only === undefined || row.only.includes(command)) continue;
    const want = `a flag of ${command === "serve" ? "serving" : `command ${command}`}`;
    throw new ExporterError("FLAG_UNKNOWN", { where: `--${name}`, want, got: `one of ${row.only.join(" and ")}` });
  }
}

/**
 * Understands a command line, without the program's name.
 *
 * @throws ExporterError FLAG_UNKNOWN, FLAG_VALUE, COMMAND_UNKNOWN
 */
export function parseCommandLine(args: readonly string[]): Invocation {
  const { values, positionals } = parseFlags(args);
  const command = parseCommand(positionals);
  checkApplicable(command, values);
  const text = (name: FlagName): string => String(values[name] ?? flags[name].fallback);
  const optional = (name: FlagName): string | undefined => (text(name) === "" ? undefined : text(name));
  const isOn = (name: FlagName): boolean => Boolean(values[name] ?? flags[name].fallback);
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
  const path = (name: FlagName): string => {
    if (!/^\/[\w.~/-]*$/.test(text(name)) || text(name) === "/" || text(name).startsWith("/-/")) {
      throw badFlag(
        name,
        "a path of letters, digits and ._~-/ such as /metrics, other than / and what is below /-/",
        text(name),
      );
    }
    return text(name);
  };

  return {
    command,
    configFile: optional("config.file"),
    listenAddress: parseListenAddress(text("web.listen-address")),
    telemetryPath: path("web.telemetry-path"),
    webConfigFile: optional("web.config.file"),
    lifecycleEnabled: isOn("web.enable-lifecycle"),
    runtimeMetrics: !isOn("web.disable-exporter-metrics"),
    procRoot: text("path.procfs"),
    discoveryIntervalMs: duration("discovery.interval", 100),
    exitsEnabled: isOn("exits.enabled"),
    exitsReceiveBufferBytes: size("exits.receive-buffer"),
    children: isOn("children"),
    kernelThreads: isOn("kernel-threads"),
    kubernetes: oneOf("kubernetes", kubernetesModes),
    kubernetesNode: optional("kubernetes.node"),
    serviceAccountDir: text("kubernetes.service-account"),
    logLevel: oneOf("log.level", logLevels),
    logFormat: oneOf("log.format", logFormats),
    query: command === "query" && !isOn("help") && !isOn("version") ? parseQuery(text("tgid"), text("pid")) : undefined,
    checkedFile: command === "check-config" && !isOn("help") && !isOn("version") ? parseFile(positionals) : undefined,
    explainedPid: command === "explain" && text("pid") !== "" ? parseId("pid", text("pid")) : undefined,
    json: isOn("json"),
    delayMs: duration("delay", 0),
    version: isOn("version"),
    help: isOn("help"),
  };
}

function parseId(name: "pid" | "tgid", text: string): number {
  const id = Number(text);
  if (!/^\d+$/.test(text) || id < 1 || id > 2 ** 22) throw badFlag(name, "an id from 1 to 4194304", text);
  return id;
}

function parseQuery(tgid: string, pid: string): Invocation["query"] {
  if ((tgid === "") === (pid === "")) {
    const got = tgid === "" ? "neither" : "both";
    throw new ExporterError("FLAG_VALUE", { where: "command query", want: "one of --tgid=N and --pid=N", got });
  }
  const kind = tgid === "" ? "pid" : "tgid";
  return { kind, id: parseId(kind, tgid === "" ? pid : tgid) };
}
