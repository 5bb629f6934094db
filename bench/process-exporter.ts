/** Finds and starts ncabatoff/process-exporter, with which the exporter is compared. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { run } from "../test/support/command.ts";
import { startServer, type MetricsServer } from "./server.ts";

const names = ["prometheus-process-exporter", "process-exporter"];

/** Groups by command name, kernel threads left out: what taskstats-exporter does without a configuration. */
const config = `process_names:
  - name: "{{.Comm}}"
    cmdline: ['.+']
`;

/** @throws Error that says how to install it */
export function findProcessExporter(): string {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.flatMap((folder) => names.map((name) => join(folder, name))).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new Error(
    `process-exporter is not installed: "apt-get install prometheus-process-exporter" (Debian, Ubuntu), or put the ` +
      `program of https://github.com/ncabatoff/process-exporter/releases into a directory of PATH`,
  );
}

/** Its version, or "unknown". */
export async function readVersion(program: string): Promise<string> {
  return /\b\d+\.\d+\.\d+\b/.exec(await run(program, ["-version"]))?.[0] ?? "unknown";
}

/** @param flags besides the address and the configuration */
export async function startProcessExporter(program: string, flags: readonly string[]): Promise<MetricsServer> {
  const folder = mkdtempSync(join(tmpdir(), "bench-process-exporter-"));
  const path = join(folder, "config.yml");
  writeFileSync(path, config);
  try {
    return await startServer({
      command: program,
      args: (address) => [`-config.path=${path}`, `-web.listen-address=${address}`, ...flags],
      readyPath: "/",
    });
  } finally {
    rmSync(folder, { recursive: true, force: true }); // process-exporter reads its configuration once, at its start.
  }
}
