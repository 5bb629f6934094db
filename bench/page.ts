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

/** Prometheus' own header. */
const accept =
  "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

const limitMs = 60_000;

/** One request over a connection of its own. @throws Error where nobody answers */
export async function request(url: string): Promise<Scrape> {
  const begin = performance.now();
  const headers = { accept, "accept-encoding": "identity" };
  const agent = new Agent({ keepAlive: false });
  const question = get(url, { agent, headers, signal: AbortSignal.timeout(limitMs) });
  question.on("error", () => undefined); // While the body is read, the limit shows there too, and only there is it awaited.
  const [response] = (await once(question, "response")) as [IncomingMessage];
  const body = await buffer(response);
  const wallMs = performance.now() - begin;
  return { status: response.statusCode ?? 0, text: body.toString(), bytes: body.length, wallMs };
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
