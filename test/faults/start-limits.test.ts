/** The built program starts on a system with too few descriptors or tasks. It works, or ends with a message. */

import { beforeAll, expect, test } from "@jest/globals";
import { installForAll } from "../support/install.ts";
import { parsePage } from "../support/page.ts";
import { runProgram, type Installed } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

const once = ["once", "--delay=0s"];

/** A user without other processes, with CAP_NET_ADMIN. */
const loner = [
  ...["setpriv", "--reuid=1687564321", "--regid=65534", "--clear-groups"],
  ...["--inh-caps=+net_admin", "--ambient-caps=+net_admin"],
];

describeKernel(
  "a start",
  () => {
    let installed: Installed;
    beforeAll(() => {
      installed = installForAll();
    });

    /** Expects the page, or one line that says what is missing and how to raise the limit. */
    async function expectPageOrReason(through: readonly string[]): Promise<string> {
      const { status, stdout, stderr } = await runProgram(once, { installed, through });
      if (status === 0) {
        expect(parsePage(stdout).sum("taskstats_processes")).toBeGreaterThan(0);
        return "page";
      }
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: expect.stringMatching(
          /^(?:.*level=(?:info|warn).*\n)*taskstats-exporter: [A-Z_]+ at .*; .*(?:ulimit|TasksMax|LimitNOFILE).*\n$/,
        ),
      });
      return "reason";
    }

    test.each([20, 24, 28, 32, 40])(
      "with %d descriptors gives the page, or an error about too few descriptors",
      async (limit) => {
        await expectPageOrReason(["prlimit", `--nofile=${limit}:${limit}`]);
      },
    );

    // With fewer tasks, Node itself cannot start the program.
    test.each([11, 12, 14, 18])("with %d tasks gives the page, or an error about too few tasks", async (limit) => {
      await expectPageOrReason([...loner, "prlimit", `--nproc=${limit}:${limit}`]);
    });

    test("without /sys gives the page", async () => {
      const through = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /sys && exec "$@"', "sh"];
      const { status, stdout, stderr } = await runProgram(once, { through });
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringMatching(/^\s+at /m) });
      expect(parsePage(stdout).value("taskstats_exporter_exit_listener_up")).toBe(1);
    });
  },
  { needs: ["setpriv", "unshare", "mount"] },
);
