/** The log of the built program is on a file system that hangs. The program continues to serve, and ends by a signal. */

import { expect, test } from "@jest/globals";
import { closeSync, openSync } from "node:fs";
import { findFreezeObstacle, withFreezable } from "../support/frozen.ts";
import { describeUnless } from "../support/real-kernel.ts";
import { startOnSockets } from "../support/socket-program.ts";

describeUnless(findFreezeObstacle(), "a log on a file system that hangs", () => {
  test.each(["json", "logfmt"])("in %s delays neither pages, nor health checks, nor the end", async (format) => {
    await withFreezable(async ({ file, freeze, thaw }) => {
      const stderr = openSync(file, "a");
      try {
        const program = await startOnSockets([`--log.format=${format}`], { stderr });
        freeze();
        // Each SIGHUP writes a line to the log.
        for (let times = 0; times < 20; times++) {
          process.kill(program.pid, "SIGHUP");
          expect((await program.scrape()).sum("taskstats_processes")).toBeGreaterThan(0);
        }
        expect((await program.get("/-/healthy")).status).toBe(200);
        process.kill(program.pid, "SIGTERM");
        // The program stops serving. Its process exits only when the hanging write returns.
        const isServed = (): Promise<boolean> =>
          program
            .get("/-/healthy")
            .then(() => true)
            .catch(() => false);
        while (await isServed());
        thaw();
        // A second signal would kill the program at once.
        expect(await program.ended()).toBe(0);
      } finally {
        thaw();
        closeSync(stderr);
      }
    });
  });
});
