/** Finds the API server if this process runs in a pod. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { ApiServer } from "./api-server.ts";

/** The directory to which kubelets mount the service account of a pod. */
export const defaultServiceAccountDir = "/var/run/secrets/kubernetes.io/serviceaccount";

/**
 * The API server from the variables that kubelets set in a container's environment. Undefined outside of a cluster, and in a
 * pod without a token.
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
