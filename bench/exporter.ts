/** The exporter as it is built, with its default settings but for the address. */

import { join } from "node:path";
import { startServer, type MetricsServer } from "./server.ts";

const program = join(import.meta.dirname, "../dist/main.js");

/** @param nodeFlags flags for node, such as those of a profiler */
export async function startExporter(nodeFlags: readonly string[] = []): Promise<MetricsServer> {
  return startServer({
    command: process.execPath,
    args: (address) => [...nodeFlags, program, `--web.listen-address=${address}`],
    readyPath: "/-/ready",
  });
}
