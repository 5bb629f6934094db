/** Asks the kernel for the tasks of a control group by its directory, and says of each failure what was wrong and what to do. */

import { constants } from "node:fs";
import { open, statfs } from "node:fs/promises";
import { getSystemErrorName } from "node:util";
import { ExporterError, type ErrorCode, type ErrorDetails } from "../../base/errors.ts";
import { EBADF, EINVAL, ENOENT } from "../../netlink/constants.ts";
import type { CgroupClient } from "../../taskstats/cgroup-client.ts";

/** f_type of statfs(2). Source: include/uapi/linux/magic.h. */
const CGROUP2_SUPER_MAGIC = 0x6367_7270;

/** A directory that is open. */
export interface OpenDirectory {
  readonly fd: number;
  close(): Promise<void>;
}

/** What is asked of the file system. Neither call blocks the event loop, and each may take for ever. */
export interface DirectoryOpener {
  /** @throws Error of the system, with `code` */
  open(path: string): Promise<OpenDirectory>;
  /** f_type of the file system of a path. @throws Error of the system */
  readType(path: string): Promise<number>;
}

export const systemOpener: DirectoryOpener = {
  // Not with O_PATH: for the kernel such a descriptor is a bad one.
  open: (path) => open(path, constants.O_RDONLY | constants.O_DIRECTORY),
  readType: async (path) => (await statfs(path)).type,
};

/** A control group, and the words that name it in messages: the command or flag, and its directory. */
export interface NamedDirectory {
  readonly path: string;
  readonly where: string;
}

type Failure = Omit<ErrorDetails, "where" | "want"> & { readonly code: ErrorCode };

const openFailures: Readonly<Record<string, Failure>> = {
  ENOENT: { code: "CGROUP_MISSING", got: "no such directory" },
  ENOTDIR: {
    code: "CGROUP_UNFIT",
    got: "a file",
    remedy: "name the directory of the control group, and no file in it",
  },
  EACCES: {
    code: "CGROUP_UNREADABLE",
    got: "no permission",
    remedy:
      "let the exporter's user read the directory and pass those above it (ls -ld), or run the exporter as the directory's owner",
  },
  EMFILE: {
    code: "CGROUP_UNREADABLE",
    got: "no free file descriptor",
    remedy: "raise the limit: ulimit -n, LimitNOFILE=",
  },
};

const codeOf = (error: unknown): string =>
  typeof error === "object" && error !== null && "code" in error ? String(error.code) : String(error);

function openFailure(cause: unknown): Failure {
  const code = codeOf(cause);
  return { ...(openFailures[code] ?? { code: "CGROUP_UNREADABLE", got: code }), cause };
}

/** The kernel refuses with EINVAL each directory that is not of cgroup v1; its file system tells which one it is. */
async function invalidFailure(path: string, { readType }: DirectoryOpener): Promise<Failure> {
  const type = await readType(path).catch(() => undefined);
  return type === CGROUP2_SUPER_MAGIC
    ? { code: "CGROUP_V2", got: "one of cgroup v2" }
    : { code: "CGROUP_UNFIT", got: "another directory" };
}

async function refusal(errno: number, path: string, opener: DirectoryOpener): Promise<Failure> {
  if (errno === EINVAL) return invalidFailure(path, opener);
  // The control group was removed after its directory was opened.
  if (errno === ENOENT) return { code: "CGROUP_MISSING", got: "one that was removed" };
  const name = getSystemErrorName(-errno);
  return { code: "CGROUP_UNANSWERED", got: errno === EBADF ? `${name}, since the descriptor is not open` : name };
}

/**
 * Asks for the tasks of one control group. The directory is opened anew each time: of a removed one that is still open, the kernel
 * says that it has no tasks.
 *
 * @returns numbers of tasks in the order of `cgroupStates`
 * @throws ExporterError CGROUP_MISSING, CGROUP_V2, CGROUP_UNFIT, CGROUP_UNREADABLE, CGROUP_UNANSWERED, SOCKET_FAILED
 */
export async function readCgroupTasks(
  { path, where }: NamedDirectory,
  client: Pick<CgroupClient, "query">,
  opener: DirectoryOpener = systemOpener,
): Promise<readonly number[]> {
  const fail = ({ code, ...rest }: Failure): ExporterError =>
    new ExporterError(code, { where, want: "a directory of cgroup v1", ...rest });
  const directory = await opener.open(path).catch((error: unknown) => {
    throw fail(openFailure(error));
  });
  try {
    const reply = client.query(directory.fd);
    if (reply?.tasks !== undefined) return reply.tasks;
    if (reply?.errno !== undefined) throw fail(await refusal(reply.errno, path, opener));
    throw fail({ code: "CGROUP_UNANSWERED", got: "no answer, as for a descriptor that is not open" });
  } finally {
    // Nobody waits for it: closing may hang too, and tells nothing.
    directory.close().catch(() => undefined);
  }
}
