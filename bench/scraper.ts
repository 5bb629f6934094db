/** Asks a server for its page of metrics, as Prometheus would without compression, and reads figures of it. */

import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";

export interface Scrape {
  readonly status: number;
  readonly text: string;
  readonly bytes: number;
  /** From the request to the last byte, connecting included. */
  readonly wallMs: number;
}

/** Prometheus' own headers, by the format that it prefers. */
const accepts = {
  text: "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
  protobuf:
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
} as const;

/** The format that a scrape prefers. */
export type Accepted = keyof typeof accepts;

const limitMs = 60_000;

/** One request over a connection of its own. @throws Error where nobody answers */
async function ask(url: string, accepted: Accepted): Promise<{ readonly status: number; readonly body: Buffer }> {
  const headers = { accept: accepts[accepted], "accept-encoding": "identity" };
  const agent = new Agent({ keepAlive: false });
  const question = get(url, { agent, headers, signal: AbortSignal.timeout(limitMs) });
  question.on("error", () => undefined); // While the body is read, the limit shows there too, and only there is it awaited.
  const [response] = (await once(question, "response")) as [IncomingMessage];
  return { body: await buffer(response), status: response.statusCode ?? 0 };
}

/** A page as text. @throws Error where nobody answers */
export async function request(url: string): Promise<Scrape> {
  const begin = performance.now();
  const { status, body } = await ask(url, "text");
  return { status, text: body.toString(), bytes: body.length, wallMs: performance.now() - begin };
}

/** The bytes of a page. @throws Error where the answer is not a page */
export async function scrapeAs(url: string, accepted: Accepted): Promise<Buffer> {
  const { status, body } = await ask(url, accepted);
  if (status !== 200) throw new Error(`${url} answered ${status}: ${body.toString()}`);
  return body;
}

/** As `request`. @throws Error where the answer is not a page */
export async function scrape(url: string): Promise<Scrape> {
  const result = await request(url);
  if (result.status !== 200) throw new Error(`${url} answered ${result.status}: ${result.text}`);
  return result;
}

/** The value of a series, written as on the page: its name, with its labels where it has some. */
export function valueOf({ text }: Scrape, series: string): number | undefined {
  const line = text.split("\n").find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}
