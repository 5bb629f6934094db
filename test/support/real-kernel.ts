/** Tests that need this machine's kernel: skipped with the reason where it cannot be used, failed where it must. */

import { describe, test } from "@jest/globals";
import { readFileSync } from "node:fs";
import { endianness } from "node:os";
import { openSocket } from "../../src/netlink/libc.ts";
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
function findObstacle(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n) === 0n) return "CAP_NET_ADMIN is missing: run as root";
  if (!hasFamily()) return "the kernel has no family TASKSTATS: it needs CONFIG_TASKSTATS";
  return undefined;
}

/** As `describe`, unless an obstacle is given: then skipped with it, and failed with REQUIRE_KERNEL=1. */
export function describeUnless(obstacle: string | undefined, title: string, tests: () => void): void {
  if (obstacle === undefined) {
    describe(title, tests);
  } else if (process.env["REQUIRE_KERNEL"] === "1") {
    describe(title, () => {
      test("can be tested", () => {
        throw new Error(obstacle);
      });
    });
  } else {
    describe.skip(`${title} (${obstacle})`, tests);
  }
}

/** As `describe`, on the real kernel. With REQUIRE_KERNEL=1 an obstacle is a failure instead of a skipped test. */
export function describeKernel(title: string, tests: () => void): void {
  describeUnless(findObstacle(), title, tests);
}
