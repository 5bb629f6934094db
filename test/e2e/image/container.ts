/** Containers of the image, as restricted as a pod's of the DaemonSet, run by podman. */

import { spawn, type ChildProcess } from "node:child_process";
import { join } from "node:path";
import { outcomeOf, untilServing, type Outcome, type Program } from "../../support/program.ts";
import { run } from "../../support/command.ts";

/** What a runtime does with NET_ADMIN. All other capabilities are dropped. */
const capabilityFlags = {
  /** It holds the capability itself when it starts the program: podman, containerd; all of them for root. */
  held: ["--cap-drop=ALL", "--cap-add=NET_ADMIN"],
  /** It merely does not forbid it: Docker for an ordinary user. */
  allowed: [],
  forbidden: ["--cap-drop=ALL"],
} as const satisfies Readonly<Record<string, readonly string[]>>;

/** Who the program is, and what it may. */
export interface Privileges {
  readonly uid: number;
  readonly netAdmin: keyof typeof capabilityFlags;
  /** What a pod has with allowPrivilegeEscalation: false. */
  readonly noNewPrivileges: boolean;
}

export interface ContainerOptions {
  readonly image: string;
  readonly name: string;
  readonly privileges: Privileges;
  /** podman's own flags besides: `--volume=FILE:PATH:ro`. */
  readonly flags?: readonly string[];
  /** For the program in it. */
  readonly args: readonly string[];
}

/** A served page, and the container that it comes from. */
export interface RunningContainer {
  readonly program: Program;
  readonly name: string;
  /** Id of the program's process on this host. */
  readonly pid: number;
}

const namespaces = ["--pid=host", "--network=host"];
/** Where the root is read-only podman would lay file systems that are not over /tmp, /run and /var/tmp; others do not. */
const sealed = ["--read-only", "--read-only-tmpfs=false"];
/** podman asks for more than a root without CAP_SYS_RESOURCE may have. */
const limits = ["--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"];
const runCommand = ["--runtime=runc", "run", "--rm", ...limits];

function privilegeFlags({ uid, netAdmin, noNewPrivileges }: Privileges): string[] {
  const flags = [`--user=${uid}`, ...capabilityFlags[netAdmin]];
  return noNewPrivileges ? [...flags, "--security-opt=no-new-privileges"] : flags;
}

function launch({ image, name, privileges, flags = [], args }: ContainerOptions): ChildProcess {
  const all = [`--name=${name}`, ...namespaces, ...sealed, ...privilegeFlags(privileges), ...flags, image, ...args];
  return spawn("podman", [...runCommand, ...all], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, CONTAINERS_CONF: join(import.meta.dirname, "containers.conf") },
  });
}

/** Starts the exporter on a free port of the loopback address and waits until it serves. */
export async function startContainer(options: ContainerOptions): Promise<RunningContainer> {
  const args = ["--web.listen-address=127.0.0.1:0", ...options.args];
  const program = await untilServing(launch({ ...options, args }));
  const pid = Number(await run("podman", ["inspect", "--format={{.State.Pid}}", options.name]));
  return { program, name: options.name, pid };
}

/** Runs the image to its end. */
export const runContainer = (options: ContainerOptions): Promise<Outcome> => outcomeOf(launch(options));

/** Starts the image's node doing nothing, in namespaces of its own. @returns the container's id */
export function startSleeper({ image, name }: Pick<ContainerOptions, "image" | "name">): Promise<string> {
  // Where the file's capability is forbidden the kernel refuses to start node.
  const flags = ["--detach", "--network=none", ...capabilityFlags.held, "--entrypoint=/usr/bin/node"];
  const sleep = ["--eval", "setInterval(() => {}, 2 ** 30)"];
  return run("podman", [...runCommand, `--name=${name}`, ...flags, image, ...sleep]);
}

/** Ends it, by force where SIGTERM does not within ten seconds. @returns the status that it ended with; 137 is by force */
export async function stopContainer({ program, name }: RunningContainer): Promise<number | null> {
  await run("podman", ["stop", "--time=10", name]);
  return program.ended();
}

/** Removes a container, running or not, or none. */
export async function removeContainer(name: string): Promise<void> {
  await run("podman", ["rm", "--force", "--ignore", "--time=0", name]);
}
