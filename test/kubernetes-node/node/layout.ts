/** Where everything of the node is: one folder, and one loopback address that nothing else listens on. */

import { join } from "node:path";

/**
 * The API server's address, and that of its service too: the first of the services' range, all of which loopback
 * answers for. So pods on the host's network reach the service without a proxy.
 */
export const apiAddress = "127.0.200.1";
export const serviceRange = "127.0.200.0/24";
export const etcdUrl = `http://${apiAddress}:2379`;

/** Name of the node in the API. */
export const nodeName = "taskstats-node";

/** All paths of one node. */
export interface Layout {
  readonly programs: string;
  /** All that is left when the node is taken down. */
  readonly logs: string;
  /** Written while a node runs: the kernel's settings as they were before. */
  readonly marker: string;
  /** The folder that all below are in. */
  readonly state: string;
  readonly etcd: string;
  /** The API server's certificate, `apiserver.crt`, and key, which it makes itself. */
  readonly certificates: string;
  readonly credentials: string;
  readonly configuration: string;
  readonly staticPods: string;
  /** What the node's programs see as /var/lib. */
  readonly varLib: string;
  /** What they see as /var/log: `pods` holds what containers write. */
  readonly varLog: string;
  /** What they see as /run. */
  readonly run: string;
}

export function createLayout(folder: string, programs: string): Layout {
  const state = join(folder, "state");
  const logs = join(folder, "logs");
  return {
    programs,
    logs,
    marker: join(folder, "running.json"),
    state,
    etcd: join(state, "etcd"),
    certificates: join(state, "certificates"),
    credentials: join(state, "credentials"),
    configuration: join(state, "configuration"),
    staticPods: join(state, "static-pods"),
    varLib: join(state, "lib"),
    varLog: join(logs, "node"),
    run: join(state, "run"),
  };
}
