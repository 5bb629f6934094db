/** The built program under the shipped filter of system calls, which a small launcher loads as a container's runtime does. */

import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createCertificateDirectory, type CertificateDirectory } from "../http/web-config/certificates.ts";
import { exercise } from "../seccomp/exercise.ts";
import { launcherOf } from "../seccomp/launcher.ts";
import { readProfile } from "../seccomp/profile.ts";
import { spawnSync } from "../support/processes.ts";
import { startProgram } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

describeKernel(
  "the shipped filter of system calls",
  () => {
    let certificates: CertificateDirectory;
    let launcher: readonly string[];
    beforeAll(() => {
      certificates = createCertificateDirectory();
      launcher = launcherOf(readProfile(), certificates.path);
    });
    afterAll(() => certificates.remove());

    test("refuses calls that it does not name with EPERM, and allows those that it names", () => {
      const run = (...command: string[]) => {
        const { status, stderr } = spawnSync(launcher[0] as string, [...launcher.slice(1), ...command], {
          encoding: "utf8",
        });
        return [status === 0, /Operation not permitted/.test(stderr)];
      };
      expect(run("true")).toEqual([true, false]);
      expect(run("unshare", "--mount", "true")).toEqual([false, true]);
      // AF_PACKET; and AF_INET beside it.
      const socket = (family: number) => run("perl", "-e", `socket(my $s, ${family}, 2, 0) or die "$!\\n"`);
      expect([socket(17), socket(2)]).toEqual([
        [false, true],
        [true, false],
      ]);
    });

    test("allows scrapes, reloads, the exec watcher, TLS, getent and all commands", async () => {
      await exercise(certificates, launcher);
    });

    test("is shown on the page", async () => {
      const program = await startProgram([], { through: launcher });
      expect((await program.scrape()).sum("taskstats_exporter_privileges_info", { seccomp: "true" })).toBe(1);
      await program.stop();
    });
  },
  { needs: ["cc", "perl", "setpriv", "unshare"] },
);
