/**
 * Which page each scraper had last. A scraper is known by its address and what its requests say of it, and by its connection:
 * two of the same kind on one host have each a connection of their own. A page that a scraper did not receive does not count.
 * Where it cannot be told which of two scrapers asks, both count as having had the later page: then an increase may be
 * missing, but none is shown twice. docs/architecture.md has the reasons.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { parseScrapeTimeout, scrapeTimeoutOf } from "./scrape-timeout.ts";

/** One request of a scraper. */
export interface Scraper {
  /** The number of the page that it had last; undefined where it never had one. */
  readonly last: number | undefined;
  /** The kernel has taken all of the page of this number. */
  sent(number: number): void;
}

export interface Scrapers {
  /** @returns undefined for a client that is no scraper, and for one too many */
  recognise(request: IncomingMessage, response: ServerResponse): Scraper | undefined;
}

interface Connection {
  last: number | undefined;
  /** Sent, but nothing shows yet that it was received. */
  pending: number | undefined;
  busy: boolean;
  /** When its last answer ended. */
  usedAt: number;
  /** Connections that belong to other clients for certain. */
  readonly foreign: Set<Connection>;
}

/** Scrapers that nothing but their connections tells apart. */
interface Kind {
  readonly address: string;
  readonly connections: Set<Connection>;
  /** The last pages of connections that were closed; each waits for its scraper to come back. */
  readonly closed: number[];
}

const mostKinds = 256;
const mostKindsOfAddress = 16;
const mostOfKind = 16;

/** A client has read its answer by then, and knows that its connection is free again. */
const freeAfterMs = 500;

/** Prometheus sends these alike with each request; the query is for who has to tell two scrapers apart. */
function describe({ headers, url = "", socket }: IncomingMessage): string {
  const query = url.includes("?") ? url.slice(url.indexOf("?")) : "";
  const timeout = headers["x-prometheus-scrape-timeout-seconds"];
  return JSON.stringify([socket.remoteAddress, headers["user-agent"], headers.accept, timeout, query]).slice(0, 2048);
}

const newest = (...numbers: readonly (number | undefined)[]): number | undefined => {
  const known = numbers.filter((number) => number !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
};

/**
 * Clients use the free connection that they used last. Who uses another one than that, or opens one, is another client than
 * that connection's.
 */
function tellApart(connection: Connection, { connections }: Kind, now: number): void {
  for (const other of connections) {
    const isFree = !other.busy && now - other.usedAt >= freeAfterMs;
    if (other === connection || !isFree || other.usedAt <= connection.usedAt) continue;
    connection.foreign.add(other);
    other.foreign.add(connection);
  }
}

/** A new connection goes on for one that was closed. Of several nobody knows which: all then count as having had the latest page. */
function inherit({ closed }: Kind): number | undefined {
  const last = newest(...closed);
  closed.pop();
  if (last !== undefined) closed.fill(last);
  return last;
}

/** The latest page that the client of this connection may have had on any. */
function lastOf(connection: Connection, { connections }: Kind): number | undefined {
  const possible = [...connections].filter((other) => other !== connection && !connection.foreign.has(other));
  return newest(connection.last, ...possible.flatMap(({ last, pending }) => [last, pending]));
}

export function createScrapers(now: () => number): Scrapers {
  /** In the order of their last request. */
  const kinds = new Map<string, Kind>();
  const known = new WeakMap<object, Connection>();

  function forget(address: string): void {
    const ofAddress = [...kinds].filter(([, kind]) => kind.address === address);
    const oldest = ofAddress.length >= mostKindsOfAddress ? ofAddress[0] : undefined;
    const [key] = oldest ?? (kinds.size >= mostKinds ? [...kinds][0] : undefined) ?? [];
    if (key !== undefined) kinds.delete(key);
  }

  function kindOf(request: IncomingMessage): Kind {
    const key = describe(request);
    const address = request.socket.remoteAddress ?? "";
    const found = kinds.get(key);
    if (found === undefined) forget(address);
    kinds.delete(key);
    const kind = found ?? { address, connections: new Set(), closed: [] };
    kinds.set(key, kind);
    return kind;
  }

  /** Node closes without an error where the client has read all that was sent to it, and with one where it has not. */
  function close(connection: Connection, { connections, closed }: Kind, failed: boolean): void {
    connections.delete(connection);
    for (const other of connections) other.foreign.delete(connection);
    const last = failed ? connection.last : (connection.pending ?? connection.last);
    if (last !== undefined) closed.push(last);
    if (closed.length > mostOfKind) closed.shift();
  }

  function open(socket: IncomingMessage["socket"], kind: Kind): Connection {
    const connection = {
      last: undefined,
      pending: undefined,
      busy: false,
      usedAt: -Infinity,
      foreign: new Set<Connection>(),
    };
    kind.connections.add(connection);
    socket.once("close", (failed: boolean) => close(connection, kind, failed));
    return Object.assign(connection, { last: inherit(kind) });
  }

  function connectionOf({ socket }: IncomingMessage, kind: Kind): Connection | undefined {
    const found = known.get(socket);
    if (found !== undefined) return kind.connections.has(found) ? found : undefined;
    if (kind.connections.size >= mostOfKind) return undefined;
    const connection = open(socket, kind);
    known.set(socket, connection);
    return connection;
  }

  return {
    recognise(request, response) {
      if (parseScrapeTimeout(scrapeTimeoutOf(request)) === undefined || request.method !== "GET") return undefined;
      const kind = kindOf(request);
      const connection = connectionOf(request, kind);
      if (connection === undefined) return undefined;
      // Another request on the connection: the answer to the one before has been read.
      connection.last = connection.pending ?? connection.last;
      connection.pending = undefined;
      tellApart(connection, kind, now());
      connection.busy = true;
      response.once("close", () => Object.assign(connection, { busy: false, usedAt: now() }));
      return { last: lastOf(connection, kind), sent: (number) => void (connection.pending = number) };
    },
  };
}
