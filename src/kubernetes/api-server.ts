/** The address of the API server, and the TLS options and headers of a request to it. */

import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { Failure, FailureCode } from "./failure.ts";

export interface ApiServer {
  /** Host name or IP address. An IPv6 address has no brackets. */
  readonly host: string;
  readonly port: number;
  /** The directory of the files `token` and `ca.crt`, which the kubelet renews. */
  readonly serviceAccountDir: string;
}

/** The URL of the server, for messages. */
export function urlOf({ host, port }: ApiServer): string {
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The options of one request. Reads token and authority from their files each time. @returns a failure if one is unusable */
export async function readRequestOptions({
  host,
  port,
  serviceAccountDir,
}: ApiServer): Promise<RequestOptions | Failure> {
  const token = await readCredential(join(serviceAccountDir, "token"), tokenForm, "unauthorized");
  if (typeof token !== "string") return token;
  const ca = await readCredential(join(serviceAccountDir, "ca.crt"), authorityForm, "tls");
  if (typeof ca !== "string") return ca;
  return {
    host,
    port,
    ca,
    // Set here so that NODE_TLS_REJECT_UNAUTHORIZED=0 cannot send the token to a server without a valid certificate.
    rejectUnauthorized: true,
    // No agent, so no kept connection: the next request comes minutes later, or because this connection failed.
    agent: false,
    headers: { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "taskstats-exporter" },
  };
}

/** A token that can be put in a header. */
const tokenForm = /^[\x21-\x7e]+$/;

/** A file with a certificate. Node ignores a file without one, and then trusts no server without saying why. */
const authorityForm = /-----BEGIN CERTIFICATE-----/;

async function readCredential(path: string, form: RegExp, code: FailureCode): Promise<string | Failure> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return form.test(text) ? text : { code, got: `${path} of another form` };
  } catch (cause) {
    return { code, got: `${path} that cannot be read`, cause };
  }
}
