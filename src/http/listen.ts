/** Binds servers to addresses, names and sockets of systemd. If that fails, the error says what to do. */

import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { isIP, type AddressInfo, type Server } from "node:net";
import { ExporterError } from "../base/errors.ts";

/** Where one server listens: an address, or an open socket. `optional` addresses may be missing on this host. */
export type Place =
  | { readonly host: string | undefined; readonly port: number; readonly flag: string; readonly optional: boolean }
  | { readonly fd: number; readonly flag: string };

/** A listening server, and the address that it was bound to: `127.0.0.1:10275`, or a path. */
export interface Listening<S extends Server> {
  readonly server: S;
  readonly address: string;
  /** Host and port for a URL; undefined for a Unix socket. */
  readonly authority: string | undefined;
}

const inBrackets = (host: string): string => (host.includes(":") ? `[${host}]` : host);

/** What to do about an error code of the kernel or of the name service. */
function remedyFor(code: string, place: Place): string {
  if ("fd" in place) return "see that the unit of type .socket has ListenStream= and starts this program";
  const { host = "", port } = place;
  const another = `another port, such as --web.listen-address=${inBrackets(host)}:${port === 10_276 ? 10_277 : 10_276}`;
  const remedies: Readonly<Record<string, string>> = {
    EADDRINUSE: `see who has it: ss -ltnp 'sport = :${port}'; end that, or choose ${another}`,
    EADDRNOTAVAIL: "this address is not one of this host: choose one that `ip address` shows, or :PORT for all of them",
    ENOTFOUND: "this name does not resolve: give an address, or :PORT for all addresses of this host",
    EAI_AGAIN: "no name service answers: give an address, or :PORT for all addresses of this host",
    EACCES: `ports below 1024 are root's: choose ${another}, or grant CAP_NET_BIND_SERVICE`,
    EAFNOSUPPORT: "this host has no addresses of this family (IPv6 is off): give an IPv4 address",
    EINVAL: "an address of one link needs its interface: [fe80::1%eth0]:PORT",
  };
  return remedies[code] ?? `choose ${another}`;
}

function listenFailure(cause: unknown, place: Place): ExporterError {
  const { code = "", message } = cause as NodeJS.ErrnoException;
  const want = "fd" in place ? "a socket that listens" : "a free address of this host";
  const remedy = remedyFor(code, place);
  return new ExporterError("LISTEN_FAILED", { where: place.flag, want, got: message, remedy, cause });
}

/** Error codes for an address or address family that this host does not have. */
const absent = new Set(["EADDRNOTAVAIL", "EAFNOSUPPORT"]);

/**
 * The places of one `--web.listen-address`. `localhost` stands for both loopback addresses, and the name service is not asked;
 * any other name stands for all of its addresses.
 *
 * @throws ExporterError LISTEN_FAILED for a name that does not resolve
 */
export async function resolvePlaces(host: string | undefined, port: number): Promise<readonly Place[]> {
  const flag = `--web.listen-address=${inBrackets(host ?? "")}:${port}`;
  const one = { host, port, flag, optional: false };
  if (host === undefined || isIP(host.replace(/%.*/, "")) !== 0) return [one];
  if (host === "localhost") return ["127.0.0.1", "::1"].map((address) => ({ ...one, host: address, optional: true }));
  try {
    const addresses = new Set((await lookup(host, { all: true })).map(({ address }) => address));
    return [...addresses].map((address) => ({ ...one, host: address, optional: addresses.size > 1 }));
  } catch (cause) {
    throw listenFailure(cause, one);
  }
}

/**
 * The sockets that systemd passes, from descriptor 3 on. Source: sd_listen_fds(3).
 *
 * @throws ExporterError LISTEN_FAILED where it passes none to this process
 */
export function systemdPlaces(env: NodeJS.ProcessEnv, pid: number): readonly Place[] {
  const flag = "--web.systemd-socket";
  const { LISTEN_FDS: count = "", LISTEN_PID: owner = "" } = env;
  if (/^[1-9]\d{0,3}$/.test(count) && owner === String(pid)) {
    return Array.from({ length: Number(count) }, (_, index) => ({ fd: 3 + index, flag }));
  }
  const passed = count === "" ? "none (LISTEN_FDS is not set)" : `LISTEN_FDS=${count} and LISTEN_PID=${owner}`;
  throw new ExporterError("LISTEN_FAILED", {
    where: flag,
    want: `sockets that systemd passes to process ${pid}`,
    got: passed,
    remedy: "start it by a unit of type .socket whose service runs it without a shell, or leave the flag out",
  });
}

function describe(bound: AddressInfo | string | null): Omit<Listening<Server>, "server"> {
  if (bound === null || typeof bound === "string") return { address: bound ?? "unknown", authority: undefined };
  const { address, port } = bound;
  const all = address === "::" || address === "0.0.0.0";
  return {
    address: `${inBrackets(address)}:${port}`,
    authority: `${all ? "localhost" : inBrackets(address)}:${port}`,
  };
}

async function listen(server: Server, place: Place): Promise<void> {
  if ("fd" in place) server.listen({ fd: place.fd });
  else server.listen({ host: place.host, port: place.port });
  await once(server, "listening");
}

/** With port 0, the place gets the port of its sibling, which is an address of the same flag that is bound already. */
function withSharedPort(place: Place, sibling: AddressInfo | string | null | undefined): Place {
  const isOpen = "port" in place && place.port === 0 && typeof sibling === "object" && sibling !== null;
  return isOpen ? { ...place, port: sibling.port } : place;
}

/**
 * Creates a server for each place and binds it, in order. An optional place whose address this host does not have is left out,
 * as long as another place is bound. With port 0, all places of one flag share the port that the first one gets.
 *
 * @returns the listening servers. On failure, all of them are closed
 * @throws ExporterError LISTEN_FAILED
 */
export async function listenAtAll<S extends Server>(
  places: readonly Place[],
  createServer: () => S,
): Promise<readonly Listening<S>[]> {
  const bound: { readonly server: S; readonly flag: string }[] = [];
  const failures: ExporterError[] = [];
  for (const place of places) {
    const sibling = bound.find(({ flag }) => flag === place.flag)?.server.address();
    const server = createServer();
    try {
      await listen(server, withSharedPort(place, sibling));
      bound.push({ server, flag: place.flag });
    } catch (cause) {
      failures.push(listenFailure(cause, place));
      if ("optional" in place && place.optional && absent.has((cause as NodeJS.ErrnoException).code ?? "")) continue;
      bound.forEach((other) => other.server.close());
      throw listenFailure(cause, place);
    }
  }
  const [failure] = failures;
  if (bound.length === 0 && failure !== undefined) throw failure;
  return bound.map(({ server }) => ({ server, ...describe(server.address()) }));
}
