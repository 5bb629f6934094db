/** kubectl as the node's administrator. */

import { join } from "node:path";
import { run } from "../support/command.ts";
import { kubeconfigFile } from "./node/credentials.ts";
import type { Layout } from "./node/layout.ts";

/** Runs it to its end. @returns its standard output. @throws Error with what it says where it fails */
export type Kubectl = (args: readonly string[], input?: string) => Promise<string>;

export function createKubectl(layout: Layout): Kubectl {
  const program = join(layout.programs, "kubectl");
  // What it remembers of a server is of no use for the next one.
  const fixed = [
    `--kubeconfig=${kubeconfigFile(layout, "admin")}`,
    `--cache-dir=${join(layout.configuration, "kubectl")}`,
    "--request-timeout=10s",
  ];
  return (args, input) => run(program, [...fixed, ...args], input === undefined ? {} : { input });
}
