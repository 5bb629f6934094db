/** What must be true of a running container of the image, whichever way it is run. */

import { deepEqual, equal, match } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { parseStatusLine } from "../../../src/procfs/parse.ts";
import { buildWorkload } from "../../support/workloads.ts";
import { run } from "../../support/command.ts";
import { stopContainer, type Privileges, type RunningContainer } from "./container.ts";

/** A container, and what was started beside it. */
export interface Subject {
  readonly container: RunningContainer;
  readonly privileges: Privileges;
  /** Id of the other container. */
  readonly sleeper: string;
}

/** One line of the report. */
export interface Check<What> {
  /** What is true where it passes. */
  readonly title: string;
  /** @throws Error that says what is not so */
  readonly verify: (subject: What) => Promise<void> | void;
}

/** The rules of the exporters that are looked at: a storm of processes by name, and containers by id. */
export const rules = `process_names:
  - name: "{{.Comm}}"
    comm: [image-storm]
  - name: "{{.Matches.id}}"
    cgroup: ['[/-](?P<id>[0-9a-f]{64})(?:\\.scope)?(?:/|$)']
`;

/** Where a container finds them. */
export const configPath = "/etc/taskstats-exporter.yaml";

/** A mask with CAP_NET_ADMIN, bit 12, alone, as /proc shows it. */
const netAdminAlone = "0000000000001000";
const none = "0000000000000000";
const storm = { processes: 20_000, groupname: "image-storm" } as const;

interface Usage {
  readonly minflt: number;
}

async function servesPages({ container: { program } }: Subject): Promise<void> {
  for (const path of ["/metrics", "/-/healthy", "/-/ready", "/"]) equal((await program.get(path)).status, 200, path);
}

async function pleasesPromtool({ container: { program } }: Subject): Promise<void> {
  const input = await (await program.get("/metrics")).text();
  equal(execFileSync("promtool", ["check", "metrics"], { input, encoding: "utf8" }), "");
}

async function receivesExitEvents({ container: { program } }: Subject): Promise<void> {
  equal((await program.scrape()).value("taskstats_exporter_exit_listener_up"), 1);
}

/** They have their name from birth, so that polls may see them. The oracle is wait4 in the program that started them. */
async function countsStorm({ container: { program } }: Subject): Promise<void> {
  const { processes, groupname } = storm;
  const args = [String(processes), "--parallel", "2", "--comm", groupname, "--no-exec"];
  const { minflt } = JSON.parse(await run(buildWorkload("spawn"), args)) as Usage;
  const page = await program.scrape();
  equal(page.sum("taskstats_process_exits_total", { groupname, reason: "exited", code: "0" }), processes, "exits");
  equal(page.sum("taskstats_process_starts_total", { groupname }), processes, "starts");
  equal(page.sum("taskstats_page_faults_total", { groupname, kind: "minor" }), minflt, "minor faults");
  equal(page.value("taskstats_exporter_exit_events_lost_total"), 0, "lost exit events");
}

async function seesControlGroups({ container: { program }, sleeper }: Subject): Promise<void> {
  equal((await program.scrape()).value("taskstats_processes", { groupname: sleeper }), 1);
}

/** The inheritable set gives nothing to a file that does not ask for it. */
function holdsNetAdminAlone({ container: { pid }, privileges: { uid } }: Subject): void {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  const status = (name: string): string => parseStatusLine(text, name)?.join(" ") ?? "";
  const sets = ["CapPrm", "CapEff", "CapBnd", "CapAmb"].map(status);
  deepEqual(sets, [netAdminAlone, netAdminAlone, netAdminAlone, none]);
  equal(status("Uid"), [uid, uid, uid, uid].join(" "));
  // However the container was started: the exporter sets it where the runtime did not.
  equal(status("NoNewPrivs"), "1");
}

/** In the layer of the container podman itself names the user, and makes what the configuration is mounted on. */
async function wroteNothing({ container: { pid, name } }: Subject): Promise<void> {
  match(readFileSync(`/proc/${pid}/mountinfo`, "utf8"), /^\d+ \d+ \S+ \S+ \/ ro,/m);
  const ofPodman = ["/etc", "/etc/passwd", "/etc/group", configPath].flatMap((path) => [`A ${path}`, `C ${path}`]);
  const changes = (await run("podman", ["diff", name])).split("\n");
  deepEqual(
    changes.filter((change) => !ofPodman.includes(change)),
    [],
  );
}

async function endsInTime({ container }: Subject): Promise<void> {
  equal(await stopContainer(container), 0);
}

/** In this order: the last one ends the container. */
export const containerChecks: readonly Check<Subject>[] = [
  { title: "serves its pages", verify: servesPages },
  { title: "serves a page that promtool has nothing to say about", verify: pleasesPromtool },
  { title: "receives exit events", verify: receivesExitEvents },
  { title: `counts ${storm.processes} short-lived processes and their page faults to the unit`, verify: countsStorm },
  { title: "sees the control group of another container's process", verify: seesControlGroups },
  { title: "is its user and has no capability but NET_ADMIN", verify: holdsNetAdminAlone },
  { title: "has a read-only root to which nothing was written", verify: wroteNothing },
  { title: "ends with status 0 within ten seconds of SIGTERM", verify: endsInTime },
];
