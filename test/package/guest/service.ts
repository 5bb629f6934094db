/** The installed service, as an administrator and a scraper see it. */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { get } from "node:http";
import { dirname } from "node:path";
import { parsePage, type ScrapedPage } from "../../support/page.ts";
import { run, runAnyhow } from "./command.ts";

export const unit = "taskstats-exporter.service";
export const configPath = "/etc/taskstats-exporter/config.yaml";
const dropIn = `/run/systemd/system/${unit}.d/test.conf`;

/** Reads a property of the unit from systemd. */
export const property = (name: string): Promise<string> =>
  run("systemctl", "show", "--value", `--property=${name}`, unit);

export const isActive = async (): Promise<boolean> =>
  (await property("ActiveState")) === "active" && (await property("SubState")) === "running";

export const mainPid = async (): Promise<number> => Number(await property("MainPID"));

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** One request on a connection of its own. @throws Error where it is refused or broken off */
export function request(path = "/metrics"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port: 10275, path, agent: false };
    const sent = get(options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text })).on("error", reject);
    });
    sent.on("error", reject);
  });
}

export async function scrape(): Promise<ScrapedPage> {
  const { status, text } = await request();
  if (status !== 200) throw new Error(`status ${status}: ${text}`);
  return parsePage(text);
}

/**
 * Scrapes again and again during an action. @returns how many scrapes were answered. @throws Error for the first
 * answer other than 200
 */
export async function scrapeDuring(action: () => Promise<unknown>): Promise<number> {
  let done = false;
  let answered = 0;
  const ask = async (): Promise<void> => {
    while (!done) {
      const { status, text } = await request();
      if (status !== 200) throw new Error(`status ${status}: ${text}`);
      answered++;
    }
  };
  const askers = Promise.all([ask(), ask(), ask()]);
  const acted = action().finally(() => (done = true));
  await Promise.all([acted, askers]);
  return answered;
}

/** Lines of a /proc/PID/status by name. */
export function readStatus(pid: number, task = pid): ReadonlyMap<string, string> {
  const text = readFileSync(`/proc/${pid}/task/${task}/status`, "utf8");
  return new Map(text.split("\n").map((line) => [line.split(":")[0] ?? "", line.split("\t").slice(1).join(" ")]));
}

/** The number of SCHED_FIFO in `policy` of /proc/PID/stat. */
export const fifo = "1";

/** The scheduling policy of each thread. */
export function policiesOf(pid: number): string[] {
  return readdirSync(`/proc/${pid}/task`).map((task) => {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8");
    // The 3rd field comes first after the command, which may hold blanks; policy is the 41st field.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[38] ?? "";
  });
}

/** Restarts the service with further settings. @param settings empty for none */
export async function restartWith(settings: string): Promise<void> {
  if (settings === "") rmSync(dropIn, { force: true });
  else {
    mkdirSync(dirname(dropIn), { recursive: true });
    writeFileSync(dropIn, `[Service]\nRestart=no\n${settings}\n`);
  }
  await run("systemctl", "daemon-reload");
  await runAnyhow("systemctl", "reset-failed", unit);
  await runAnyhow("systemctl", "restart", unit);
}

/** The service's log since its last start, from the journal. */
export async function readLog(): Promise<string> {
  const invocation = await property("InvocationID");
  return runAnyhow("journalctl", "--no-pager", "--output=cat", `_SYSTEMD_INVOCATION_ID=${invocation}`);
}
