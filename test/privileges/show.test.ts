import { expect, test } from "@jest/globals";
import { CAP_NET_ADMIN, noCapabilities } from "../../src/privileges/capabilities.ts";
import { showPrivileges } from "../../src/privileges/show.ts";
import type { Privileges } from "../../src/privileges/status.ts";

const privileges: Privileges = {
  ...{ uid: 0, inheritable: noCapabilities, ambient: noCapabilities },
  ...{ permitted: CAP_NET_ADMIN, effective: CAP_NET_ADMIN, bounding: CAP_NET_ADMIN },
  ...{ noNewPrivileges: true, seccomp: true },
};

test("privileges are shown by labels, and to a person in a line", () => {
  const { labels, summary } = showPrivileges(privileges, undefined);
  expect(labels).toEqual({
    ...{ uid: "0", capabilities: "NET_ADMIN", bounding: "NET_ADMIN", no_new_privs: "true", seccomp: "true" },
  });
  expect(summary).toBe(
    "user 0; capabilities: NET_ADMIN; of what it executes: NET_ADMIN at the most; " +
      "no new privileges (no_new_privs); system calls are filtered",
  );
});

test("a capability counts that is permitted and not in effect, since any line of the program may use it", () => {
  expect(showPrivileges({ ...privileges, effective: noCapabilities }, undefined).labels.capabilities).toBe("NET_ADMIN");
});

test("what is not as it should be is said", () => {
  const { summary } = showPrivileges({ ...privileges, noNewPrivileges: false, seccomp: false }, "SETUID was kept");
  expect(summary).toMatch(/can gain privileges .* are not filtered\. SETUID was kept$/);
});
