/**
 * `--harden`: decides what this run of the program needs, and lets it begin anew with nothing else. It comes before all that
 * takes time to load, since that would be loaded twice.
 */

import { closeSync, constants, openSync, readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseCommandLine, type Invocation } from "./cli.ts";
import { isDebuggerWanted } from "./debugger-signal.ts";
import type { HardenMode } from "./flags.ts";
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

/** What became of it. */
export interface Hardening {
  readonly mode: HardenMode;
  /** What was kept that is not needed, or could not be given up, and why. */
  readonly kept?: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Says, in the environment, that this is the program begun anew, and holds what was kept. Whatever the kernel made of the
 * first attempt, there is no second one.
 */
const marker = "TASKSTATS_EXPORTER_HARDENED";

/** Ports below this one are root's. Source: include/net/sock.h, PROT_SOCK. */
const firstPublicPort = 1024;

/** What besides its command line decides what the program needs. */
export interface Surroundings {
  readonly env: Environment;
  /** The proc file system shows processes of others to those only who may trace them. */
  readonly procHides: boolean;
}

/** CAP_SYS_NICE where programs may have to be watched as they are started: by rules, now or after a reload, or for pods. */
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

function lookAround({ procRoot }: Invocation): Surroundings {
  const gids = [...(process.getgroups?.() ?? []), process.getegid?.() ?? 0];
  return { env: process.env, procHides: needsTracing(readFileSync("/proc/self/mountinfo", "utf8"), procRoot, gids) };
}

/** Descriptors that the program has been given: Node has marked them to be closed where it executes another one. */
export function givenDescriptors(args: readonly string[], env: Environment, pid: number): readonly number[] {
  const count = Number(/^\d{1,3}$/.exec(env["LISTEN_FDS"] ?? "")?.[0] ?? 0);
  const sockets = Array.from({ length: Number(env["LISTEN_PID"]) === pid ? count : 0 }, (_, index) => index + 3);
  const named = args.flatMap((arg) => /(?:^|=)\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(arg)?.[1] ?? []).map(Number);
  return [...new Set([0, 1, 2, ...sockets, ...named])];
}

/** Opens a file as the program will; what is no file is opened by nobody twice. */
function isReadable(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return true;
    closeSync(openSync(path, constants.O_RDONLY | constants.O_NONBLOCK));
    return true;
  } catch {
    return false;
  }
}

/** Node, the program, its packages, and what its flags name. */
function filesOf({ configFile, webConfigFile }: Invocation): readonly string[] {
  const own = ["./main.js", "../package.json", "../node_modules/koffi/package.json"];
  const ownPaths = own.map((path) => fileURLToPath(new URL(path, import.meta.url)));
  return [process.execPath, ...ownPaths, ...[configFile, webConfigFile].filter((path) => path !== undefined)];
}

/** The command line with which this process was executed, to the byte. */
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
      // It was closed when the program began.
    }
  }
  const commandLine = readCommandLine();
  process.env[marker] = kept;
  try {
    return system.execute(process.execPath, commandLine);
  } finally {
    Reflect.deleteProperty(process.env, marker);
  }
}

/** What serving and `once` were told; undefined for what is over at once, and for what was not understood: main says so. */
function parseInvocation(args: readonly string[]): Invocation | undefined {
  try {
    const invocation = parseCommandLine(args);
    const { command, help, version } = invocation;
    return (command === "serve" || command === "once") && !help && !version ? invocation : undefined;
  } catch {
    return undefined;
  }
}

async function giveUpSurplus(invocation: Invocation): Promise<void> {
  const current = readPrivileges();
  if (current === undefined) throw new Error("/proc/self/task: no privileges told");
  // It ends with a message of its own in a moment.
  if (!includesAll(current.permitted, CAP_NET_ADMIN)) return;
  if (isDebuggerWanted()) throw new Error("a debugger was asked for, which would be cut off");
  const needed = neededCapabilities(invocation, lookAround(invocation));
  const { openPrivilegeSystem: open } = await import("./privileges/system.ts");
  giveUp({ current, needed, files: filesOf(invocation), isReadable, open, restart });
}

/**
 * Begins the program anew where it has privileges that it does not need; comes back where there is nothing to give up, where
 * that failed, and in the program that was begun anew.
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

/** Why there is more than what is needed; undefined where there is not. */
function explainSurplus({ mode, kept }: Hardening, surplus: CapabilitySet): string | undefined {
  if (mode === "off") return "nothing was given up: --harden=off";
  if (kept !== undefined || surplus === noCapabilities) return kept;
  return `${formatCapabilities(surplus)} was not given up`;
}

/**
 * What is in force in the end, in all threads, and a warning where that is more than what is needed though it was to be given up.
 *
 * @returns undefined where /proc does not tell
 */
export function lookAtPrivileges(
  hardening: Hardening,
  invocation: Invocation,
): (ShownPrivileges & { readonly warning: string | undefined }) | undefined {
  const privileges = readPrivileges();
  if (privileges === undefined) return undefined;
  const remark = explainSurplus(
    hardening,
    privileges.permitted & ~neededCapabilities(invocation, lookAround(invocation)),
  );
  return { ...showPrivileges(privileges, remark), warning: hardening.mode === "off" ? undefined : remark };
}
