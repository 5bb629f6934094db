/** Tests that need this machine's kernel: skipped with the reason where it cannot be used, failed where it must. */

import { describe, test } from "@jest/globals";
import { readFileSync } from "node:fs";

/** Bit of CAP_NET_ADMIN in a capability mask. */
const CAP_NET_ADMIN = 12n;

/** Why the kernel cannot be used here; undefined where it can. */
function findObstacle(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  const mask = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  if (((BigInt(`0x${mask}`) >> CAP_NET_ADMIN) & 1n) === 0n) return "CAP_NET_ADMIN is missing: run as root";
  return undefined;
}

/** As `describe`, on the real kernel. With REQUIRE_KERNEL=1 an obstacle is a failure instead of a skipped test. */
export function describeKernel(title: string, tests: () => void): void {
  const obstacle = findObstacle();
  if (obstacle === undefined) {
    describe(title, tests);
  } else if (process.env["REQUIRE_KERNEL"] === "1") {
    describe(title, () => {
      test("can use the kernel", () => {
        throw new Error(obstacle);
      });
    });
  } else {
    describe.skip(`${title} (${obstacle})`, tests);
  }
}
