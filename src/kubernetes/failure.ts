/** Why a request of the pod watch failed: a value, since each kind is expected, is counted and leads to another try. Pure. */

import { ExporterError, type ErrorCode } from "../base/errors.ts";
import { fieldOf, textOf } from "./json.ts";

interface FailureKind {
  readonly error: ErrorCode;
  readonly want: string;
}

/** Each kind by its code, the value of a metric's label, with what the operator is told. */
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
  /** What came, for the operator. */
  readonly got: string;
  /** The answer had begun, and nothing more of it came for too long. */
  readonly silent?: boolean;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** What a server says of a request that it did not serve. */
export interface Refusal {
  /** The status of HTTP, or of a Status object inside of a watch. */
  readonly status: number | undefined;
  readonly message: string | undefined;
  /** The header Retry-After. */
  readonly retryAfter?: string | undefined;
}

/** Longer messages than this are cut in what the operator is told. */
const maxMessageLength = 300;

/** The longest wait that a server can ask for. */
const maxRetryAfterSeconds = 300;

/** The failure behind a refusal. */
export function failureOfRefusal({ status, message, retryAfter }: Refusal): Failure {
  const said = message === undefined ? "" : `: ${message.slice(0, maxMessageLength).replace(/\s+/g, " ")}`;
  const failure: Failure = { code: codeOfStatus(status), got: `status ${status ?? "unknown"}${said}` };
  // The header may hold a date as well; API servers send seconds.
  if (retryAfter === undefined || !/^\d+$/.test(retryAfter)) return failure;
  return { ...failure, retryAfterMs: Math.min(Number(retryAfter), maxRetryAfterSeconds) * 1000 };
}

/** Other statuses come from what is no API server. */
function codeOfStatus(status = 500): FailureCode {
  if (status === 401) return "unauthorized";
  if (status === 403) return "forbidden";
  if (status === 410) return "gone";
  return status === 429 || status >= 500 ? "server_error" : "malformed";
}

/** The failure behind an error of node:https. */
export function failureOfError(error: unknown): Failure {
  const code = textOf(fieldOf(error, "code")) ?? "";
  return { code: kindOfErrorCode(code), got: textOf(fieldOf(error, "message")) ?? String(error), cause: error };
}

/** Of OpenSSL's codes there are many, so what is neither the network's nor the parser's is theirs. */
function kindOfErrorCode(code: string): FailureCode {
  if (code === "ETIMEDOUT") return "timeout";
  if (code === "EPROTO") return "tls";
  if (code.startsWith("HPE_")) return "malformed";
  return /^(?:E[A-Z0-9]+|EAI_[A-Z]+|ERR_STREAM_[A-Z_]+|)$/.test(code) ? "unreachable" : "tls";
}

/** What the operator is told of a failure; `where` is the server and the node. */
export function troubleOf({ code, got, cause }: Failure, where: string): ExporterError {
  const { error, want } = failureKinds[code];
  return new ExporterError(error, { where, want, got: `${code} (${got})`, cause });
}
