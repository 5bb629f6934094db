/** Asks a running exporter for its view of all groups: GET /live.json. */

import { ExporterError, type ErrorCode } from "../../base/errors.ts";
import type { LiveView } from "../../live/view.ts";
import { parseView } from "./parse-view.ts";

export interface RemoteAnswer {
  readonly view: LiveView;
  /** How old the sample is by the exporter's clock, in seconds; undefined where the exporter does not say what time it is. */
  readonly ageSeconds: number | undefined;
}

/** An answer of 1,000 groups has some 250 KB. */
const mostBytes = 64 * 2 ** 20;

/** The address that is asked, without user and password, which belong into no message. */
export function addressOf(exporter: URL): URL {
  const base = new URL(exporter);
  base.username = "";
  base.password = "";
  base.search = "";
  base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return new URL("live.json", base);
}

function createHeaders({ username, password }: URL): Record<string, string> {
  const accept = { Accept: "application/json" };
  if (username === "" && password === "") return accept;
  const credentials = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { ...accept, Authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}

function createError(code: ErrorCode, address: URL, got: string, cause?: unknown): ExporterError {
  return new ExporterError(code, { where: address.href, want: "the rates of groups", got, cause });
}

/** What the error of a request says: fetch puts the reason into its cause. */
function describeFailure(error: unknown, timeoutMs: number): string {
  const { name, message, cause } = error as Error;
  if (name === "TimeoutError") return `no answer within ${timeoutMs} ms`;
  const inner = cause as NodeJS.ErrnoException | undefined;
  return inner?.code ?? inner?.message ?? message;
}

const codes: Readonly<Record<number, ErrorCode>> = {
  401: "EXPORTER_PASSWORD",
  403: "EXPORTER_PASSWORD",
  404: "EXPORTER_OLD",
  503: "NOT_READY",
};

async function readText(response: Response, address: URL): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    chunks.push(chunk as Uint8Array);
    bytes += (chunk as Uint8Array).length;
    if (bytes > mostBytes) throw createError("EXPORTER_ANSWER", address, `more than ${mostBytes} bytes`);
  }
  return Buffer.concat(chunks).toString();
}

/** The header Date has whole seconds: the middle of the second is meant. */
function ageOf({ sampledAt }: LiveView, date: string | null): number | undefined {
  const now = Date.parse(date ?? "") / 1000 + 0.5;
  return Number.isNaN(now) ? undefined : now - sampledAt;
}

/**
 * Asks once.
 *
 * @param exporter http or https, with user and password where it asks for them, and with the path of a proxy
 * @throws ExporterError EXPORTER_UNREACHABLE, EXPORTER_PASSWORD, EXPORTER_OLD, EXPORTER_ANSWER, NOT_READY
 */
export async function askExporter(exporter: URL, timeoutMs: number): Promise<RemoteAnswer> {
  const address = addressOf(exporter);
  try {
    const response = await fetch(address, { headers: createHeaders(exporter), signal: AbortSignal.timeout(timeoutMs) });
    if (response.status !== 200) {
      void response.body?.cancel().catch(() => undefined);
      throw createError(codes[response.status] ?? "EXPORTER_ANSWER", address, `status ${response.status}`);
    }
    const view = parseView(await readText(response, address));
    if ("mistake" in view) throw createError("EXPORTER_ANSWER", address, view.mistake);
    return { view, ageSeconds: ageOf(view, response.headers.get("date")) };
  } catch (error) {
    if (error instanceof ExporterError) throw error;
    throw createError("EXPORTER_UNREACHABLE", address, describeFailure(error, timeoutMs), error);
  }
}
