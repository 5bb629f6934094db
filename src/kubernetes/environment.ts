/** Whether this process runs inside a Kubernetes cluster, and where the API server is then. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ApiServer } from "./api-server.ts";

/** Where kubelets mount a pod's service account. */
export const defaultServiceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The API server that kubelets name in a container's environment; undefined outside of a cluster, and where the pod has no
 * token to speak with it.
 */
export function findApiServer(
  env: Readonly<Record<string, string | undefined>>,
  serviceAccountDir: string,
): ApiServer | undefined {
  const host = env["KUBERNETES_SERVICE_HOST"];
  const port = Number(env["KUBERNETES_SERVICE_PORT"] ?? 443);
  if (host === undefined || host === "" || !isPort(port)) return undefined;
  return existsSync(join(serviceAccountDir, "token")) ? { host, port, serviceAccountDir } : undefined;
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port < 65_536;
}
