/** Why a request of the pod watch failed. A failure is a value: each kind is expected, is counted, and the watch tries again. */

import { ExporterError, type ErrorCode } from "../base/errors.ts";
import { fieldOf, textOf } from "./json.ts";

interface FailureKind {
  readonly error: ErrorCode;
  readonly want: string;
}

/** The kinds of failure by their code, which is a value of the label `code`, and what the operator reads of each. */
const failureKinds = {
  unreachable: { error: "KUBERNETES_UNREACHABLE", want: "a connection that stays" },
  timeout: { error: "KUBERNETES_UNREACHABLE", want: "an answer in time" },
  tls: { error: "KUBERNETES_UNREACHABLE", want: "a certificate of the cluster's authority" },
  unauthorized: { error: "KUBERNETES_REFUSED", want: "a token that the server accepts" },
  forbidden: { error: "KUBERNETES_REFUSED", want: "leave to list and watch pods" },
  gone: { error: "KUBERNETES_ANSWER", want: "events since the last known version" },
  server_error: { error: "KUBERNETES_ANSWER", want: "a server that can answer now" },
  malformed: { error: "KUBERNETES_ANSWER", want: "pods, or events of pods, as JSON" },
  too_large: { error: "KUBERNETES_ANSWER", want: "an answer of bounded size" },
} as const satisfies Record<string, FailureKind>;

export type FailureCode = keyof typeof failureKinds;

export interface Failure {
  readonly code: FailureCode;
  /** What happened instead of the answer, for the operator. */
  readonly got: string;
  /** True if the answer had begun, and then no byte came for too long. */
  readonly silent?: boolean;
  /** How long the server asks to wait before the next request. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The answer of a server that did not serve the request. */
export interface Refusal {
  /** The HTTP status, or the code of a Status object in a watch. */
  readonly status: number | undefined;
  readonly message: string | undefined;
  /** The header Retry-After. */
  readonly retryAfter?: string | undefined;
}

/** Characters of the server's message that the operator sees. */
const maxMessageLength = 300;

/** The longest wait that a server can ask for; a longer one is cut to it. */
const maxRetryAfterSeconds = 300;

/** Classifies a refusal. */
export function failureOfRefusal({ status, message, retryAfter }: Refusal): Failure {
  const said = message === undefined ? "" : `: ${message.slice(0, maxMessageLength).replace(/\s+/g, " ")}`;
  const failure: Failure = { code: codeOfStatus(status), got: `status ${status ?? "unknown"}${said}` };
  // HTTP also allows a date here, but API servers send seconds.
  if (retryAfter === undefined || !/^\d+$/.test(retryAfter)) return failure;
  return { ...failure, retryAfterMs: Math.min(Number(retryAfter), maxRetryAfterSeconds) * 1000 };
}

/** An API server does not send any other status, so that the sender is another program: "malformed". */
function codeOfStatus(status = 500): FailureCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 410) return "gone";
  return status === 429 || status >= 500 ? "server_error" : "malformed";
}

/** Classifies an error of node:https. */
export function failureOfError(error: unknown): Failure {
  const code = textOf(fieldOf(error, "code")) ?? "";
  return { code: kindOfErrorCode(code), got: textOf(fieldOf(error, "message")) ?? String(error), cause: error };
}

/** OpenSSL has many codes, so that each code that is not of the network or of the HTTP parser counts as "tls". */
function kindOfErrorCode(code: string): FailureCode {
  if (code === "ETIMEDOUT") return "timeout";
  if (code === "EPROTO") return "tls";
  if (code.startsWith("HPE_")) return "malformed";
  return /^(?:E[A-Z0-9]+|EAI_[A-Z]+|ERR_STREAM_[A-Z_]+|)$/.test(code) ? "unreachable" : "tls";
}

/** The error that tells the operator of a failure. @param where names the server and the node */
export function troubleOf({ code, got, cause }: Failure, where: string): ExporterError {
  const { error, want } = failureKinds[code];
  return new ExporterError(error, { where, want, got: `${code} (${got})`, cause });
}
