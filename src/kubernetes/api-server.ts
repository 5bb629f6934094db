/** Where the API server is, and what a request to it carries. */

import { readFile } from "node:fs/promises";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import type { Failure, FailureCode } from "./failure.ts";

export interface ApiServer {
  /** Name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
  /** Holds `token` and `ca.crt`, which are renewed in place. */
  readonly serviceAccountDir: string;
}

/** The server's address as a URL, for messages. */
export function urlOf({ host, port }: ApiServer): string {
  return `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Options of one request, token and authority as their files have them now; a failure where they cannot be used. */
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
    // Not left to NODE_TLS_REJECT_UNAUTHORIZED: the token would go to whoever answers.
    rejectUnauthorized: true,
    // A connection of its own: the next request comes in minutes, or because this one failed.
    agent: false,
    headers: { authorization: `Bearer ${token}`, accept: "application/json", "user-agent": "taskstats-exporter" },
  };
}

/** What a header may hold. */
const tokenForm = /^[\x21-\x7e]+$/;

/** Node would pass over a file without one, and then trust nobody without saying why. */
const authorityForm = /-----BEGIN CERTIFICATE-----/;

async function readCredential(path: string, form: RegExp, code: FailureCode): Promise<string | Failure> {
  try {
    const text = (await readFile(path, "utf8")).trim();
    return form.test(text) ? text : { code, got: `${path} of another form` };
  } catch (cause) {
    return { code, got: `${path} that cannot be read`, cause };
  }
}
