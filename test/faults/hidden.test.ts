/** The built program, run by an ordinary user, on a /proc that hides processes for moments. */

import { afterEach, beforeAll, expect, test } from "@jest/globals";
import { installForAll } from "../support/install.ts";
import { createFalls } from "../support/falls.ts";
import { endLives, own, startLife } from "../support/life.ts";
import { execFileSync } from "../support/processes.ts";
import { startProgram, type Installed, type Program } from "../support/program.ts";
import { describeKernel } from "../support/real-kernel.ts";

/** An ordinary user with the capability, and a /proc of its own mount namespace. */
const through = [
  ...["unshare", "--mount", "sh", "-c", 'mount -t proc proc /proc && exec "$@"', "sh"],
  ...["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"],
  ...["--inh-caps=+net_admin", "--ambient-caps=+net_admin"],
];

describeKernel(
  "while /proc hides other users' processes again and again",
  () => {
    let installed: Installed;
    let program: Program | undefined;
    beforeAll(() => {
      installed = installForAll();
    });
    afterEach(async () => {
      await program?.stop();
      program = undefined;
      await endLives();
    });

    function mount({ pid }: Program, hidepid: string): void {
      execFileSync("nsenter", [`--mount=/proc/${pid}/ns/mnt`, "mount", "-o", `remount,hidepid=${hidepid}`, "/proc"]);
    }

    test.each(["invisible", "noaccess"])(
      "with hidepid=%s a process is billed exactly wait4's faults, starts once, and exits once",
      async (hidepid) => {
        const name = own("hid");
        const started = (program = await startProgram(["--discovery.interval=100ms"], { installed, through }));
        const falls = createFalls();
        const life = await startLife(name);
        await life.tell("threads 7 20");
        falls.note(await started.scrape());
        for (let round = 0; round < 5; round++) {
          for (const option of [hidepid, "off"]) {
            mount(started, option);
            await life.tell("touch 5");
            await life.tell("churn 2 3");
            // The second scrape comes after a whole discovery, or during one.
            falls.note(await started.scrape());
            falls.note(await started.scrape());
          }
        }
        const [reaped] = await life.end("exit 0");
        const page = await started.scrape();
        falls.note(page);
        expect(page.sum("taskstats_page_faults_total", { groupname: name, kind: "minor" })).toBe(reaped?.minflt);
        expect(page.value("taskstats_process_starts_total", { groupname: name })).toBe(1);
        expect(page.sum("taskstats_process_exits_total", { groupname: name })).toBe(1);
        expect(page.sum("taskstats_thread_exits_total", { groupname: name })).toBe(8 + 10 * 2);
        expect(page.value("taskstats_exporter_exit_events_lost_total")).toBe(0);
        expect(falls.found).toEqual([]);
      },
    );
  },
  { needs: ["cc", "setpriv", "unshare", "mount"] },
);
