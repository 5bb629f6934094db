/**
 * Remembers which page each scraper received last. A scraper is recognised by its address, its headers and its connection: two
 * scrapers of the same kind on one host have a connection each. A page that a scraper did not receive does not count. If two
 * scrapers cannot be told apart, both count as having received the later page. An increase may then be missing, but none is
 * shown twice. docs/architecture.md has the reasons.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { parseScrapeTimeout, scrapeTimeoutOf } from "./scrape-timeout.ts";

/** A request of a known scraper. */
export interface Scraper {
  /** The number of the page that the scraper received last; undefined where it never received one. */
  readonly last: number | undefined;
  /** Call it when the kernel has taken all of the page with this number. */
  sent(number: number): void;
}

export interface Scrapers {
  /** @returns undefined for a client that is no scraper, and for a scraper beyond the limits */
  recognise(request: IncomingMessage, response: ServerResponse): Scraper | undefined;
}

interface Connection {
  last: number | undefined;
  /** A page that was sent, but of which it is not known yet that the scraper received it. */
  pending: number | undefined;
  busy: boolean;
  /** When its last response ended, in milliseconds. */
  usedAt: number;
  /** Connections that certainly belong to other scrapers. */
  readonly foreign: Set<Connection>;
}

/** Scrapers with the same address and headers. Only their connections distinguish them. */
interface Kind {
  readonly address: string;
  readonly connections: Set<Connection>;
  /** The last pages of closed connections, kept until their scrapers connect again. */
  readonly closed: number[];
}

const mostKinds = 256;
const mostKindsOfAddress = 16;
const mostOfKind = 16;

/** After this time, a client has read its answer and knows that its connection is free again. */
const freeAfterMs = 500;

/** The key of a scraper's kind. Prometheus sends the same headers with each request. A query in the URL can distinguish two scrapers. */
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
 * Marks connections of other scrapers as foreign. A client uses the free connection that it used last. So a free connection
 * that was used later than this one belongs to another client.
 */
function tellApart(connection: Connection, { connections }: Kind, now: number): void {
  for (const other of connections) {
    const isFree = !other.busy && now - other.usedAt >= freeAfterMs;
    if (other === connection || !isFree || other.usedAt <= connection.usedAt) continue;
    connection.foreign.add(other);
    other.foreign.add(connection);
  }
}

/**
 * A new connection continues a closed one. If several were closed, it is not known which one: all of them then count as having
 * received the latest page.
 */
function inherit({ closed }: Kind): number | undefined {
  const last = newest(...closed);
  closed.pop();
  if (last !== undefined) closed.fill(last);
  return last;
}

/** The latest page that the client of this connection may have received on any connection. */
function lastOf(connection: Connection, { connections }: Kind): number | undefined {
  const possible = [...connections].filter((other) => other !== connection && !connection.foreign.has(other));
  return newest(connection.last, ...possible.flatMap(({ last, pending }) => [last, pending]));
}

export function createScrapers(now: () => number): Scrapers {
  /** By key, the one with the oldest request first. */
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

  /** @param failed Node's argument of the close event: false means that the client has read all that was sent to it */
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
      // A further request on the connection shows that the client has read the response before.
      connection.last = connection.pending ?? connection.last;
      connection.pending = undefined;
      tellApart(connection, kind, now());
      connection.busy = true;
      response.once("close", () => Object.assign(connection, { busy: false, usedAt: now() }));
      return { last: lastOf(connection, kind), sent: (number) => void (connection.pending = number) };
    },
  };
}
