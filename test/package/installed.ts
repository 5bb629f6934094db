/** Checks of the program that hold for every way of installing it. */

import { equal, match } from "node:assert/strict";
import { once } from "node:events";
import { spawn } from "../support/processes.ts";
import { untilServing } from "../support/program.ts";
import { run } from "../support/command.ts";
import type { Figures } from "./guest/check.ts";

/** Serves a page, and counts processes that lived too short for a scrape. The oracle is the number of started processes. */
export async function servesAndCounts(command: readonly string[], env: NodeJS.ProcessEnv): Promise<Figures> {
  const [program = "", ...words] = command;
  const args = [...words, "--web.listen-address=127.0.0.1:0"];
  const served = await untilServing(spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] }));
  try {
    const ended = async (): Promise<number> =>
      (await served.scrape()).sum("taskstats_process_exits_total", { groupname: "true" });
    const before = await ended();
    for (let count = 0; count < 20; count++) await once(spawn("/bin/true"), "close");
    const page = await served.scrape();
    equal(page.value("taskstats_exporter_exit_listener_up"), 1);
    const counted = page.sum("taskstats_process_exits_total", { groupname: "true" }) - before;
    // Other programs on this machine may run the same program too.
    if (counted < 20) throw new Error(`want 20 ended processes at least, got ${counted}`);
    return { "exits counted": counted };
  } finally {
    equal(await served.stop(), 0);
  }
}

/** @throws Error where the program says another version than package.json */
export async function saysItsVersion(command: readonly string[], version: string): Promise<void> {
  const [program = "", ...args] = command;
  match(
    await run(program, [...args, "--version"]),
    new RegExp(`^taskstats-exporter ${version.replaceAll(".", "\\.")} `),
  );
}
