/** Starts the built exporter with its default settings, on a free port. */

import { join } from "node:path";
import { startServer, type MetricsServer } from "./server.ts";

const built = join(import.meta.dirname, "../dist/main.js");

export interface ExporterStart {
  /** The program's own flags besides the address. */
  readonly flags?: readonly string[];
  /** Another build's dist/main.js. */
  readonly program?: string;
}

/** @param nodeFlags flags for node, such as those of a profiler */
export async function startExporter(
  nodeFlags: readonly string[] = [],
  { flags = [], program = built }: ExporterStart = {},
): Promise<MetricsServer> {
  return startServer({
    command: process.execPath,
    args: (address) => [...nodeFlags, program, `--web.listen-address=${address}`, ...flags],
    readyPath: "/-/ready",
  });
}
