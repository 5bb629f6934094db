/** Families of the running kernel. Asking for them takes no privilege. */

import { afterEach, expect, test } from "@jest/globals";
import { readdirSync, readlinkSync } from "node:fs";
import { resolveFamily } from "../../src/netlink/family.ts";
import { until } from "../support/until.ts";

/** The sockets of this process, by their inodes. */
function openSockets(): string[] {
  const links = readdirSync("/proc/self/fd").map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ""; // The descriptor of this listing.
    }
  });
  return links.filter((link) => link.startsWith("socket:")).sort();
}

const before = openSockets();

/** Each call closes the socket that it has opened, also where it fails. */
afterEach(() => until(() => openSockets().join() === before.join()));

test("the family of generic netlink's controller has the id GENL_ID_CTRL", async () => {
  expect(await resolveFamily("nlctrl")).toBe(0x10);
});

test("families that are asked for at the same time are not mixed up", async () => {
  const asked = ["nlctrl", "TASKSTATS_NONE", "nlctrl"].map((name) => resolveFamily(name).catch(String));
  expect(await Promise.all(asked)).toEqual([0x10, expect.stringContaining("TASKSTATS_NONE"), 0x10]);
});

test("a family that the kernel does not have is an error that says what to do", async () => {
  await expect(resolveFamily("TASKSTATS_NONE")).rejects.toThrow(
    "FAMILY_MISSING at generic netlink family TASKSTATS_NONE: want its id, got no such family; run a kernel with CONFIG_TASKSTATS=y",
  );
});

test("another refusal of the kernel is an error with its cause", async () => {
  // GENL_NAMSIZ is 16: a longer name does not get as far as the search.
  await expect(resolveFamily("x".repeat(40))).rejects.toMatchObject({
    code: "SOCKET_FAILED",
    where: `generic netlink family ${"x".repeat(40)}`,
    cause: expect.any(Error),
  });
});
