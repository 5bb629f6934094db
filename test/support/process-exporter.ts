/** Runs Debian's process-exporter as an oracle: on the same processes and rules it tells which groups it makes. */

import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findDebianProgram } from "../debian/programs.ts";
import { parsePage, type ScrapedPage } from "./page.ts";
import { spawn } from "./processes.ts";

const name = "prometheus-process-exporter";
const { path: program, obstacle } = await findDebianProgram({ package: name, program: name });

/** A process in a tree of files that stands for /proc. */
export interface ShownProcess {
  readonly pid: number;
  readonly ppid: number;
  readonly comm: string;
  readonly argv: readonly string[];
  readonly cgroups: readonly string[];
  readonly uid: number;
  readonly startTicks: number;
}

/** The boot time in the tree, in seconds since 1970. */
export const bootTime = 1_700_000_000;

/** Why process-exporter cannot run here; undefined where it can. */
export function findObstacle(): string | undefined {
  return obstacle;
}

function filesOf({ pid, ppid, comm, argv, cgroups, uid, startTicks }: ShownProcess): Readonly<Record<string, string>> {
  const beforeStart = `S ${ppid} ${pid} ${pid} 0 -1 4194304 100 0 0 0 1 1 0 0 20 0 1 0`;
  return {
    stat: `${pid} (${comm}) ${beforeStart} ${startTicks} 1000000 100 18446744073709551615${" 0".repeat(27)}\n`,
    status: `Name:\t${comm}\nTgid:\t${pid}\nUid:\t99\t${uid}\t99\t99\nGid:\t0\t0\t0\t0\nVmSwap:\t0 kB\n`,
    cmdline: argv.map((argument) => `${argument}\0`).join(""),
    cgroup: cgroups.map((path, index) => `${index}:c${index}:${path}\n`).join(""),
    limits: "Limit                     Soft Limit           Hard Limit           Units     \n",
    io: "rchar: 0\nwchar: 0\nsyscr: 0\nsyscw: 0\nread_bytes: 0\nwrite_bytes: 0\ncancelled_write_bytes: 0\n",
    wchan: "0",
  };
}

function writeTree(root: string, processes: readonly ShownProcess[]): void {
  mkdirSync(root);
  writeFileSync(join(root, "stat"), `cpu  1 1 1 1 1 1 1 1 0 0\nbtime ${bootTime}\n`);
  for (const shown of processes) {
    const directory = join(root, String(shown.pid));
    for (const name of ["fd", "task"]) mkdirSync(join(directory, name), { recursive: true });
    for (const [name, text] of Object.entries(filesOf(shown))) writeFileSync(join(directory, name), text);
  }
}

/** The versions that are compared: those of Debian's stable release and of its newest packages. */
export const processExporters = await Promise.all(
  (["bookworm", "sid"] as const).map(async (suite) => ({
    suite,
    ...(await findDebianProgram({ package: name, program: name, suite })),
  })),
);

/** Waits until process-exporter says where it listens. @returns the address */
async function listenAddress(child: ChildProcess): Promise<string> {
  let log = "";
  child.stderr?.on("data", (chunk: Buffer) => (log += chunk.toString()));
  for (;;) {
    const address = /msg="Listening on" address=(\S+)/.exec(log)?.[1];
    if (address !== undefined) return address;
    if (child.exitCode !== null) throw new Error(`${name} ended with status ${child.exitCode}: ${log}`);
    await Promise.race([once(child.stderr as NonNullable<typeof child.stderr>, "data"), once(child, "close")]);
  }
}

export interface RunningProcessExporter {
  scrape(): Promise<ScrapedPage>;
  stop(): Promise<void>;
}

/** Starts process-exporter on a free port. */
export async function startProcessExporter(path: string, flags: readonly string[]): Promise<RunningProcessExporter> {
  const child = spawn(path, [...flags, "-web.listen-address", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
  const closed = once(child, "close");
  const address = await listenAddress(child);
  return {
    scrape: async () => parsePage(await (await fetch(`http://${address}/metrics`)).text()),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
      await closed;
    },
  };
}

function countsOf(page: ScrapedPage): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [series, count] of page.series) {
    const group = /^namedprocess_namegroup_num_procs\{groupname="(.*)"\}/.exec(series)?.[1];
    // Only backslash, quote and line feed are escaped; a tab stands as it is.
    const name = group?.replace(/\\(.)/g, (_escape, letter: string) => (letter === "n" ? "\n" : letter));
    if (name !== undefined) counts.set(name, count);
  }
  return counts;
}

export interface OracleOptions {
  /** Whether unmatched children join their parent's group. */
  readonly children: boolean;
}

/**
 * The number of processes in each group.
 *
 * @param config text of the configuration file
 */
export async function countByProcessExporter(
  config: string,
  processes: readonly ShownProcess[],
  { children }: OracleOptions,
): Promise<ReadonlyMap<string, number>> {
  const directory = mkdtempSync(join(tmpdir(), "process-exporter-oracle-"));
  const root = join(directory, "proc");
  const file = join(directory, "config.yml");
  writeTree(root, processes);
  writeFileSync(file, config);
  const flags = ["-procfs", root, "-config.path", file, `-children=${children}`];
  const server = await startProcessExporter(program, flags);
  try {
    return countsOf(await server.scrape());
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true });
  }
}
