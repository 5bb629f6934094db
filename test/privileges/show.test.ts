import { expect, test } from "@jest/globals";
import { CAP_NET_ADMIN, noCapabilities } from "../../src/privileges/capabilities.ts";
import { showPrivileges } from "../../src/privileges/show.ts";
import type { Privileges } from "../../src/privileges/status.ts";

const privileges: Privileges = {
  ...{ uid: 0, inheritable: noCapabilities, ambient: noCapabilities },
  ...{ permitted: CAP_NET_ADMIN, effective: CAP_NET_ADMIN, bounding: CAP_NET_ADMIN },
  ...{ noNewPrivileges: true, seccomp: true },
};

test("privileges are shown as labels, and as one line for people", () => {
  const { labels, summary } = showPrivileges(privileges, undefined);
  expect(labels).toEqual({
    ...{ uid: "0", capabilities: "NET_ADMIN", bounding: "NET_ADMIN", no_new_privs: "true", seccomp: "true" },
  });
  expect(summary).toBe(
    "user 0; capabilities: NET_ADMIN; of what it executes: NET_ADMIN at the most; " +
      "no new privileges (no_new_privs); system calls are filtered",
  );
});

test("a capability that is permitted but not effective is shown too, since any code can make it effective", () => {
  expect(showPrivileges({ ...privileges, effective: noCapabilities }, undefined).labels.capabilities).toBe("NET_ADMIN");
});

test("the summary says which restrictions are missing, and ends with the remark", () => {
  const { summary } = showPrivileges({ ...privileges, noNewPrivileges: false, seccomp: false }, "SETUID was kept");
  expect(summary).toMatch(/can gain privileges .* are not filtered\. SETUID was kept$/);
});
