import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ExporterError } from "../../../src/base/errors.ts";
import { readCgroupTasks, systemOpener, type DirectoryOpener } from "../../../src/collect/cgroups/cgroup-reader.ts";
import type { CgroupReply } from "../../../src/taskstats/decode-cgroup.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "cgroup-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const replyOf = (reply: Partial<CgroupReply>): CgroupReply => ({
  seq: 1,
  tasks: undefined,
  errno: undefined,
  ...reply,
});

/** The message of the failure, after its place. */
async function failureOf(
  path: string,
  reply: CgroupReply | undefined,
  opener: Partial<DirectoryOpener> = {},
): Promise<string> {
  const client = { query: () => reply };
  const read = readCgroupTasks({ path, where: "here" }, client, { ...systemOpener, ...opener });
  const error = await read.catch((caught: unknown) => caught);
  if (!(error instanceof ExporterError)) throw new Error(`want a failure, got ${String(error)}`);
  return error.message.replace(" at here: want a directory of cgroup v1, got", "");
}

describe("a control group's directory", () => {
  test("is open when the kernel is asked, and closed afterwards", async () => {
    const open = (): number => readdirSync("/proc/self/fd").length;
    const before = open();
    const asked: number[] = [];
    const query = (fd: number): CgroupReply => {
      asked.push(fd, open() - before);
      return replyOf({ tasks: [1, 2, 3, 4, 5] });
    };
    let closed: Promise<void> | undefined;
    const opener: DirectoryOpener = {
      ...systemOpener,
      async open(path) {
        const directory = await systemOpener.open(path);
        return { fd: directory.fd, close: () => (closed = directory.close()) };
      },
    };
    expect(await readCgroupTasks({ path: directory, where: "here" }, { query }, opener)).toEqual([1, 2, 3, 4, 5]);
    expect(asked).toEqual([expect.any(Number), 1]);
    await closed;
    expect(open()).toBe(before);
  });

  test("is closed where the kernel refuses it, and a failure to close is nobody's", async () => {
    let closed = 0;
    const close = (): Promise<void> => {
      closed++;
      return Promise.reject(new Error("EIO"));
    };
    const opener = { open: () => Promise.resolve({ fd: 9, close }) };
    expect(await failureOf(directory, replyOf({ errno: 2 }), opener)).toMatch(/^CGROUP_MISSING one that was removed;/);
    expect(closed).toBe(1);
  });
});

describe("the failure says what was wrong and what to do", () => {
  const failed = (code: string): Partial<DirectoryOpener> => ({
    open: () => Promise.reject(Object.assign(new Error("no"), { code })),
  });

  test("of a directory that does not exist", async () => {
    expect(await failureOf(join(directory, "none"), undefined)).toMatch(
      /^CGROUP_MISSING no such directory; name one that exists/,
    );
  });

  test("of a file, and of a path through a file", async () => {
    const file = join(directory, "tasks");
    writeFileSync(file, "");
    const want = /^CGROUP_UNFIT a file; name the directory of the control group/;
    expect(await failureOf(file, undefined)).toMatch(want);
    expect(await failureOf(join(file, "below"), undefined)).toMatch(want);
  });

  test("of a directory that this user may not read", async () => {
    expect(await failureOf(directory, undefined, failed("EACCES"))).toMatch(
      /^CGROUP_UNREADABLE no permission; let the exporter's user read the directory/,
    );
  });

  test.each([
    ["EMFILE", /^CGROUP_UNREADABLE no free file descriptor; raise the limit/],
    ["EIO", /^CGROUP_UNREADABLE EIO; read the error/],
  ])("of an open that fails with %s", async (code, want) => {
    expect(await failureOf(directory, undefined, failed(code))).toMatch(want);
  });

  test("of a directory of cgroup v2", async () => {
    const opener = { readType: () => Promise.resolve(0x63677270) };
    expect(await failureOf(directory, replyOf({ errno: 22 }), opener)).toMatch(
      /^CGROUP_V2 one of cgroup v2; name a directory of a hierarchy of v1, if there is one: grep/,
    );
  });

  test("of a directory that is none of a control group, also where its file system cannot be asked", async () => {
    const want = /^CGROUP_UNFIT another directory; name a directory below a hierarchy of cgroup v1/;
    expect(await failureOf(directory, replyOf({ errno: 22 }))).toMatch(want);
    const readType = (): Promise<number> => Promise.reject(new Error("EIO"));
    expect(await failureOf(directory, replyOf({ errno: 22 }), { readType })).toMatch(want);
  });

  test("of a descriptor that is not open, before and from Linux 7.3 on", async () => {
    expect(await failureOf(directory, undefined)).toMatch(
      /^CGROUP_UNANSWERED no answer, as for a descriptor that is not open; ask again/,
    );
    expect(await failureOf(directory, replyOf({ errno: 9 }))).toMatch(
      /^CGROUP_UNANSWERED EBADF, since the descriptor is not open; ask again/,
    );
  });

  test("of any other refusal", async () => {
    expect(await failureOf(directory, replyOf({ errno: 12 }))).toMatch(/^CGROUP_UNANSWERED ENOMEM; /);
  });
});
