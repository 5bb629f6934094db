/**
 * `--harden`: decides which capabilities this run of the program needs, gives up the others, and executes the program again.
 * This runs before the program is loaded, because it would otherwise be loaded twice.
 */

import { closeSync, constants, openSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseCommandLine, type Invocation } from "./cli.ts";
import { isDebuggerWanted } from "./debugger-signal.ts";
import type { Command, HardenMode } from "./flags.ts";
import { missingFlags } from "./heap.ts";
import {
  CAP_NET_ADMIN,
  CAP_NET_BIND_SERVICE,
  CAP_SYS_NICE,
  CAP_SYS_PTRACE,
  formatCapabilities,
  includesAll,
  noCapabilities,
  type CapabilitySet,
} from "./privileges/capabilities.ts";
import { giveUp } from "./privileges/give-up.ts";
import { showPrivileges, type ShownPrivileges } from "./privileges/show.ts";
import { readPrivileges } from "./privileges/status.ts";
import type { PrivilegeSystem } from "./privileges/system.ts";
import { needsTracing } from "./procfs/hidepid.ts";

/** The result of `harden`. */
export interface Hardening {
  readonly mode: HardenMode;
  /** Which privileges were kept although they are not needed, or could not be given up, and why. */
  readonly kept?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The environment variable that marks the program executed again; its value says what was kept. A marked program does not try
 * a second time, whatever became of the first attempt.
 */
const marker = "TASKSTATS_EXPORTER_HARDENED";

/** Binding a port below this one needs CAP_NET_BIND_SERVICE. Source: include/net/sock.h, PROT_SOCK. */
const firstPublicPort = 1024;

/** What decides, besides the command line, which capabilities the program needs. */
export interface Surroundings {
  readonly env: Environment;
  /** Whether /proc is mounted so that other users' processes are visible only with CAP_SYS_PTRACE (hidepid). */
  readonly procHides: boolean;
}

/** The capabilities of this run. CAP_SYS_NICE is for the exec watcher, which rules (now or after a reload) and pods may need. */
export function neededCapabilities(invocation: Invocation, { env, procHides }: Surroundings): CapabilitySet {
  const { configFile, kubernetes, systemdSocket, listenAddresses } = invocation;
  const namesPods = kubernetes === "on" || (kubernetes === "auto" && env["KUBERNETES_SERVICE_HOST"] !== undefined);
  const watches = configFile !== undefined || namesPods;
  const binds = !systemdSocket && listenAddresses.some(({ port }) => port > 0 && port < firstPublicPort);
  return [
    watches ? CAP_SYS_NICE : noCapabilities,
    binds ? CAP_NET_BIND_SERVICE : noCapabilities,
    procHides ? CAP_SYS_PTRACE : noCapabilities,
  ].reduce((all, one) => all | one, CAP_NET_ADMIN);
}

function readSurroundings({ procRoot }: Invocation): Surroundings {
  const gids = [...(process.getgroups?.() ?? []), process.getegid?.() ?? 0];
  return { env: process.env, procHides: needsTracing(readFileSync("/proc/self/mountinfo", "utf8"), procRoot, gids) };
}

/**
 * The descriptors that the program was started with: the standard ones, systemd's sockets, and files that arguments name by
 * descriptor. Node has set close-on-exec on them, which must be undone before the program is executed again.
 */
export function givenDescriptors(args: readonly string[], env: Environment, pid: number): readonly number[] {
  const count = Number(/^\d{1,3}$/.exec(env["LISTEN_FDS"] ?? "")?.[0] ?? 0);
  const sockets = Array.from({ length: Number(env["LISTEN_PID"]) === pid ? count : 0 }, (_, index) => index + 3);
  const named = args.flatMap((arg) => /(?:^|=)\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(arg)?.[1] ?? []).map(Number);
  return [...new Set([0, 1, 2, ...sockets, ...named])];
}

/** Tries to open a file as the program will open it. Pipes and other special files are not tried: opening one may consume it. */
function isReadable(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return true;
    closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** The files that the program reads after it has given up capabilities: Node, itself, its packages, and those that flags name. */
function filesOf({ configFile, webConfigFile }: Invocation): readonly string[] {
  const own = ["./main.js", "../package.json", "../node_modules/koffi/package.json"];
  const ownPaths = own.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return [process.execPath, ...ownPaths, ...[configFile, webConfigFile].filter((path) => path !== undefined)];
}

/** The command line with which this process was executed, byte for byte: arguments need not be valid UTF-8. */
function readCommandLine(): readonly Uint8Array[] {
  const bytes = readFileSync("/proc/self/cmdline");
  const args: Uint8Array[] = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(0, from);
    args.push(bytes.subarray(from, end < 0 ? bytes.length : end));
    from = end < 0 ? bytes.length : end + 1;
  }
  return args;
}

function restart(system: PrivilegeSystem, kept = ""): never {
  for (const descriptor of givenDescriptors(process.argv, process.env, process.pid)) {
    try {
      system.keepOpen(descriptor);
    } catch {
      // This descriptor was closed when the program began.
    }
  }
  const [node = Buffer.from(process.execPath), ...args] = readCommandLine();
  const commandLine = [node, ...missingFlags().map((flag) => Buffer.from(flag)), ...args];
  process.env[marker] = kept;
  try {
    return system.execute(process.execPath, commandLine);
  } finally {
    Reflect.deleteProperty(process.env, marker);
  }
}

const exporting: readonly Command[] = ["serve", "once", "events", "top"];

/** The command line of a command that runs an exporter; undefined for shorter commands, and for a bad command line, which main reports. */
function parseInvocation(args: readonly string[]): Invocation | undefined {
  try {
    const invocation = parseCommandLine(args);
    const { command, help, version } = invocation;
    return exporting.includes(command) && !help && !version ? invocation : undefined;
  } catch {
    return undefined;
  }
}

async function giveUpSurplus(invocation: Invocation): Promise<void> {
  const current = readPrivileges();
  if (current === undefined) throw new Error("/proc/self/task: no privileges told");
  // Without CAP_NET_ADMIN the program ends in a moment, with a message of its own.
  if (!includesAll(current.permitted, CAP_NET_ADMIN)) return;
  if (isDebuggerWanted()) throw new Error("a debugger was asked for, which would be cut off");
  const needed = neededCapabilities(invocation, readSurroundings(invocation));
  const { openPrivilegeSystem: open } = await import("./privileges/system.ts");
  giveUp({ current, needed, files: filesOf(invocation), isReadable, open, restart });
}

/**
 * Gives up privileges that the program does not need, and executes the program again. Returns if there is nothing to give up,
 * if giving up has failed, and in the program that was executed again.
 *
 * @param args the command line without the program's name
 */
export async function harden(args: readonly string[]): Promise<Hardening> {
  const kept = process.env[marker];
  if (kept !== undefined) {
    Reflect.deleteProperty(process.env, marker);
    return { mode: "auto", kept: kept === "" ? undefined : kept };
  }
  const invocation = parseInvocation(args);
  if (invocation === undefined) return { mode: "auto" };
  if (invocation.harden === "off") return { mode: "off" };
  try {
    await giveUpSurplus(invocation);
    return { mode: "auto" };
  } catch (error) {
    return { mode: "auto", kept: `all is kept, since it could not be given up: ${(error as Error).message}` };
  }
}

/** Why the program has more capabilities than it needs; undefined where it does not. */
function explainSurplus({ mode, kept }: Hardening, surplus: CapabilitySet): string | undefined {
  if (mode === "off") return "nothing was given up: --harden=off";
  if (kept !== undefined || surplus === noCapabilities) return kept;
  return `${formatCapabilities(surplus)} was not given up`;
}

/**
 * The privileges that are in force now, in all threads, with a warning if there are more than needed and `--harden` is not off.
 *
 * @returns undefined where /proc does not show them
 */
export function lookAtPrivileges(
  hardening: Hardening,
  invocation: Invocation,
): (ShownPrivileges & { readonly warning: string | undefined }) | undefined {
  const privileges = readPrivileges();
  if (privileges === undefined) return undefined;
  const remark = explainSurplus(
    hardening,
    privileges.permitted & ~neededCapabilities(invocation, readSurroundings(invocation)),
  );
  return { ...showPrivileges(privileges, remark), warning: hardening.mode === "off" ? undefined : remark };
}
