/**
 * Marks tests that need this machine's kernel. They are skipped with a reason where the kernel cannot be used, and
 * fail where REQUIRE_KERNEL=1.
 */

import { describe, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { openSocket } from "../../src/netlink/libc.ts";
import { findProgram } from "./command.ts";
import { concat, writeAttribute, writeMessage } from "./message-writer.ts";

/** Bit of CAP_NET_ADMIN in a capability mask. */
const CAP_NET_ADMIN = 12n;

/** Generic netlink's controller. Source: include/uapi/linux/genetlink.h. */
const controller = { id: 16, GETFAMILY: 3, FAMILY_NAME: 2 } as const;
const NLM_F_REQUEST = 1;
const NLMSG_ERROR = 2;

/** Asks the controller for the family; it answers before `send` returns. */
function hasFamily(): boolean {
  const name = writeAttribute(controller.FAMILY_NAME, Buffer.from("TASKSTATS\0"));
  const payload = concat([new Uint8Array([controller.GETFAMILY, 1, 0, 0]), name]);
  const request = writeMessage({ type: controller.id, flags: NLM_F_REQUEST }, payload);
  const socket = openSocket({ receiveBufferBytes: 65_536, slots: 1 });
  socket.send(request, request.length);
  const answered = socket.receive() === 1;
  const type = socket.arena.getUint16(4, endianness() === "LE");
  socket.close();
  return answered && type !== NLMSG_ERROR;
}

/** Why the kernel cannot be used here; undefined where it can. */
export function findObstacle(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n) === 0n) return "CAP_NET_ADMIN is missing: run as root";
  if (!hasFamily()) return "the kernel has no family TASKSTATS: it needs CONFIG_TASKSTATS";
  return undefined;
}

/** The Debian packages of the programs that tests need. */
const packages = {
  bash: "bash",
  cc: "gcc libc6-dev",
  chromium: "chromium fonts-dejavu-core",
  curl: "curl",
  findmnt: "util-linux",
  "mkfs.ext4": "e2fsprogs",
  mkswap: "util-linux",
  mount: "mount",
  perl: "perl",
  python3: "python3",
  setpriv: "util-linux",
  sysctl: "procps",
  taskset: "util-linux",
  unshare: "util-linux",
} as const satisfies Readonly<Record<string, string>>;

/** A program that tests need from the machine. */
export type Needed = keyof typeof packages;

/** Why tests that need these programs cannot be run; undefined where they can. */
export function findMissing(needs: readonly Needed[]): string | undefined {
  const missing = needs.filter((program) => findProgram(program) === undefined);
  if (missing.length === 0) return undefined;
  const install = [...new Set(missing.map((program) => packages[program]))].join(" ");
  return `${missing.join(", ")} missing: apt-get install ${install}`;
}

const isRequired = (): boolean => process.env["REQUIRE_KERNEL"] === "1";

/** The reporter of skipped tests reads this mark. */
const skipped = (title: string, obstacle: string): string => `${title} (skipped: ${obstacle})`;

/**
 * Lists the tests of a `describe` that is skipped. Where even the listing needs what is missing, its error does not
 * matter.
 */
function listTests(tests: () => void): void {
  try {
    tests();
  } catch {
    test("cannot be listed", () => undefined);
  }
}

/** As `describe`. With an obstacle the tests are skipped, and fail with REQUIRE_KERNEL=1. */
export function describeUnless(obstacle: string | undefined, title: string, tests: () => void): void {
  if (obstacle === undefined) {
    describe(title, tests);
  } else if (isRequired()) {
    describe(title, () => {
      test("can be tested", () => {
        throw new Error(obstacle);
      });
    });
  } else {
    describe.skip(skipped(title, obstacle), () => listTests(tests));
  }
}

/** The parts of Jest's `test` that are used. */
type Test = Pick<typeof test, "each"> & ((title: string, run: () => void | Promise<void>) => void);

/** As `test`. With an obstacle each test is skipped, and fails with REQUIRE_KERNEL=1. */
export function testUnless(obstacle: string | undefined): Test {
  if (obstacle === undefined) return test;
  const fail = (): never => {
    throw new Error(obstacle);
  };
  const each = (table: readonly unknown[]) => (title: string) =>
    isRequired()
      ? test.each(table)(title, fail)
      : test.skip.each(table)(skipped(title, obstacle.replaceAll("%", "%%")), fail);
  const one = (title: string): void => (isRequired() ? test(title, fail) : test.skip(skipped(title, obstacle), fail));
  // Tables of tests are lists here; Jest knows other forms too.
  return Object.assign(one, { each: each as typeof test.each });
}

export interface KernelNeeds {
  /** Programs that the tests run; a compiler for workloads where it is left out. */
  readonly needs?: readonly Needed[];
  /** Another reason why the tests cannot run; undefined where there is none. */
  readonly obstacle?: string | undefined;
}

/** As `describe`, on the real kernel. With REQUIRE_KERNEL=1 an obstacle is a failure instead of a skipped test. */
export function describeKernel(title: string, tests: () => void, { needs = ["cc"], obstacle }: KernelNeeds = {}): void {
  describeUnless(findObstacle() ?? findMissing(needs) ?? obstacle, title, tests);
}
