/**
 * Basic authentication against bcrypt hashes. A comparison costs a tenth of a second by design, so a bounded number of results is
 * cached, under keyed hashes that do not reveal the password. Accepted passwords have a cache of their own, so that wrong ones
 * cannot push them out. Clients take turns at comparisons, and nothing is compared for a client that has left.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import { createComputeHash, type ComputeHash } from "./comparer.ts";
import { createWaitingRoom, NotDone, type WaitingRoomOptions } from "./waiting-room.ts";

const cachedVerdicts = 100;

/**
 * How many comparisons may wait, and how long. Each possible connection may have one waiting, because it takes a moment until the
 * server notices that a client has left. Five seconds are half of Prometheus' default scrape timeout.
 */
const defaultLimits: WaitingRoomOptions = { mostOfClient: 256, most: 384, patienceMs: 5000 };

/** The salt and the result of a hash for unknown user names. `hashForStrangers` puts the cost before it. */
const strangersHash = "FzT5KTbepmxNk80EGV526exk6KGsZDfVD8ZZBIYAxV8U2hhuWc5Hm";

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** The client that sent a request. */
export interface Asker {
  readonly address: string;
  /** Aborted when the client has left. */
  readonly signal: AbortSignal;
  /** Whether the server would notice that the client leaves. It does not while the socket is paused, because many requests wait on it. */
  readonly isSeen: () => boolean;
}

/** Decides which requests are admitted. */
export interface Authenticator {
  /**
   * Whether `authorization`, a request's header, is that of one of `users` (name to bcrypt hash).
   * Refusing an unknown name takes as long as refusing a wrong password.
   *
   * @throws NotDone if the client has left, or too many passwords wait for comparison
   */
  admits(users: ReadonlyMap<string, string>, authorization: string | undefined, asker: Asker): Promise<boolean>;
}

/** The first four groups of an IPv6 address, because one host may use a whole /64 network. IPv4 addresses are returned unchanged. */
function networkOf(address: string): string {
  if (!address.includes(":") || address.includes(".")) return address;
  const [head = "", tail] = address.split("::");
  const groupsOf = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const [first, last] = [groupsOf(head), groupsOf(tail ?? "")];
  // `::` stands for as many groups of zeros as are missing.
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  return [...first, ...zeros, ...last].slice(0, 4).join(":");
}

/** Creates an authenticator with an empty cache. The user's hash is part of the cache's key, so a changed password needs no clearing. */
export function createAuthenticator(
  computeHash: ComputeHash = createComputeHash(),
  limits: WaitingRoomOptions = defaultLimits,
): Authenticator {
  const secret = randomBytes(32);
  const recent = new Map<string, boolean>();
  const accepted = new Map<string, boolean>();
  const room = createWaitingRoom(limits);

  /** Compares only the results of the hashes, because the same salt can be written in several ways. */
  async function matches(password: string, hash: string): Promise<boolean> {
    const resultOf = (text: string): Buffer => Buffer.from(text.slice(-31));
    return timingSafeEqual(resultOf(await computeHash(password, hash)), resultOf(hash));
  }

  return {
    async admits(users, authorization, { address, signal, isSeen }) {
      const credentials = parseCredentials(authorization);
      if (credentials === undefined) return false;
      const { user, password } = credentials;
      const known = users.get(user);
      const hash = known ?? hashForStrangers(users);
      const key = createHmac("sha256", secret)
        .update(JSON.stringify([user, hash, password]))
        .digest("base64");
      const find = (): boolean | undefined => accepted.get(key) ?? recent.get(key);
      // If several requests wait with the same password, only the first one is compared: the others find its result.
      const compare = async (): Promise<boolean> => {
        const known = find();
        if (known !== undefined) return known;
        if (!isSeen()) throw new NotDone("too many");
        return matches(password, hash);
      };
      const verdict = find() ?? (await room.take(networkOf(address), signal, compare));
      remember(recent, key, verdict);
      if (!verdict || known === undefined) return false;
      remember(accepted, key, verdict);
      return true;
    },
  };
}

/** The header's user and password; `undefined` if it is not Basic authentication or not UTF-8. Source: RFC 7617. */
export function parseCredentials(authorization: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? "") ?? [];
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined;
  const text = decodeUtf8(Buffer.from(encoded, "base64"));
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // A header that is not UTF-8 names no user. It is not an error.
  }
}

/** A hash with the highest cost of all users, so that the time of a refusal does not reveal whether a name exists. */
function hashForStrangers(users: ReadonlyMap<string, string>): string {
  const costs = [...users.values()].map((hash) => hash.slice(4, 6)).sort();
  return `$2y$${costs.at(-1) ?? "10"}$${strangersHash}`;
}

/** Adds a result as the newest, and removes the oldest ones beyond the limit. */
function remember(verdicts: Map<string, boolean>, key: string, verdict: boolean): void {
  verdicts.delete(key);
  verdicts.set(key, verdict);
  for (const oldest of verdicts.keys()) {
    if (verdicts.size <= cachedVerdicts) return;
    verdicts.delete(oldest);
  }
}
