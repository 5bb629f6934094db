/** All that the program does which calls the kernel otherwise: done once to record its calls, and once under the filter. */

import { deepEqual, equal, match } from "node:assert/strict";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { join } from "node:path";
import type { CertificateDirectory } from "../http/web-config/certificates.ts";
import { parsePage } from "../support/page.ts";
import { execFile } from "../support/processes.ts";
import { runProgram, startProgram, type Program } from "../support/program.ts";

/** A user that /etc/passwd does not name, so that getent is asked. */
const strangerId = 54_321;

/** Asks by TLS, whoever answers. */
async function getInsecure(url: string): Promise<string> {
  const asked = request(url, { rejectUnauthorized: false, agent: false }).end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response) text += String(chunk);
  equal(response.statusCode, 200, text);
  return text;
}

async function reload({ pid, log }: Program, look: () => Promise<unknown>): Promise<void> {
  process.kill(pid, "SIGHUP");
  while (!/loaded again|was not loaded/.test(log())) await look();
  match(log(), /loaded again/);
}

const rulesOf = (name: string): string =>
  JSON.stringify({
    process_names: [
      { name, cmdline: ["true"] },
      { name: "{{.Username}}", comm: ["sleep"] },
    ],
  });

/** Rules that need programs to be watched, a reload of them, users, TLS, and the end by a signal. */
async function serveByTls(certificates: CertificateDirectory, through: readonly string[]): Promise<void> {
  certificates.authority("server");
  const material = { cert_file: "server.pem", key_file: "server.key" };
  const web = certificates.write("web.yml", JSON.stringify({ tls_server_config: material }));
  const rules = certificates.write("rules.yml", rulesOf("first"));
  const sleeping = execFile("setpriv", [`--reuid=${strangerId}`, "--clear-groups", "sleep", "600"]);
  const flags = [`--config.file=${rules}`, `--web.config.file=${web}`, "--discovery.interval=200ms"];
  const program = await startProgram(flags, { through });
  const page = async () => parsePage(await getInsecure(program.url));
  equal((await page()).value("taskstats_exporter_exec_watcher_up"), 1);
  equal((await page()).value("taskstats_exporter_exit_listener_up"), 1);
  for (let count = 0; count < 20; count++) await execFile("true");
  const starts = (await page()).sum("taskstats_process_starts_total", { groupname: "first" });
  equal(starts > 0, true, `programs are seen as they are started: ${starts}`);
  writeFileSync(rules, rulesOf("second"));
  await reload(program, page);
  equal((await page()).sum("taskstats_processes", { groupname: "second" }) >= 0, true);
  equal((await page()).sum("taskstats_processes", { groupname: String(strangerId) }), 1);
  equal(await program.stop(), 0, program.log());
  sleeping.child.kill();
  await sleeping.catch(() => undefined);
}

/** No configuration, all forms of the page, a new connection for each, and both forms of the log. */
async function serveByHttp(through: readonly string[]): Promise<void> {
  const program = await startProgram(["--web.listen-address=localhost:0", "--log.level=debug"], { through });
  const accepts = ["text/plain", "application/openmetrics-text;version=1.0.0", "*/*"];
  for (const accept of accepts) {
    for (const encoding of ["gzip", "identity"]) {
      const headers = { accept, "accept-encoding": encoding, connection: "close" };
      equal((await program.get("/metrics", headers)).status, 200);
    }
  }
  for (const path of ["/", "/-/healthy", "/-/ready"]) equal((await program.get(path)).status, 200);
  equal(await program.stop(), 0, program.log());
}

/** Commands that end, and starts that fail. */
async function runCommands(certificates: CertificateDirectory, through: readonly string[]): Promise<void> {
  const rules = certificates.write("rules.yml", rulesOf("first"));
  const commands: readonly (readonly string[])[] = [
    ["--version"],
    ["once", "--delay=0", "--log.format=json"],
    ["query", `--tgid=${process.pid}`],
    ["explain", `--config.file=${rules}`],
    ["check-config", rules],
  ];
  for (const command of commands) {
    const { status, stderr } = await runProgram(command, { through });
    deepEqual([command, status], [command, 0], stderr);
  }
  const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: "1", NODE_NAME: "node" };
  for (const file of ["token", "ca.crt"]) certificates.write(file, "none");
  const pods = ["--kubernetes=on", `--kubernetes.service-account=${certificates.path}`];
  equal((await runProgram(["once", "--delay=0", ...pods], { through, env })).status, 0);
  equal((await runProgram([`--config.file=${join(certificates.path, "missing.yml")}`], { through })).status, 1);
}

/**
 * @param through what the program is started through
 * @throws Error where something does not work
 */
export async function exercise(certificates: CertificateDirectory, through: readonly string[]): Promise<void> {
  await serveByHttp(through);
  await serveByTls(certificates, through);
  await runCommands(certificates, through);
}
