/**
 * Basic authentication against bcrypt hashes. A comparison costs a tenth of a second by design, so verdicts are kept, a bounded
 * number of them, under keys that give nothing of the password away. Good ones are kept apart, where bad ones cannot push them
 * out. Comparisons wait in turn by client, and only as many as somebody waits for.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import { createComputeHash, type ComputeHash } from "./comparer.ts";
import { createWaitingRoom, NotDone, type WaitingRoomOptions } from "./waiting-room.ts";

const cachedVerdicts = 100;

/**
 * Comparisons that may wait: one for each connection that there may be, since it takes a moment until it shows that a client has
 * left; and half as long as a scrape may take, as by default.
 */
const defaultLimits: WaitingRoomOptions = { mostOfClient: 256, most: 384, patienceMs: 5000 };

/** A salt and a result, for names that no user has. The cost is put before it. */
const strangersHash = "FzT5KTbepmxNk80EGV526exk6KGsZDfVD8ZZBIYAxV8U2hhuWc5Hm";

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Who asks. */
export interface Asker {
  /** Its address; an IPv6 host has many, of one network. */
  readonly address: string;
  /** Aborted when it has left. */
  readonly signal: AbortSignal;
  /** Whether it would show that it has left: not while nothing of its connection is read, since too many requests wait there. */
  readonly isSeen: () => boolean;
}

/** Says who may come in. */
export interface Authenticator {
  /**
   * Whether `authorization`, a request's header, is that of one of `users` (name to bcrypt hash).
   * An unknown name takes as long to refuse as a wrong password.
   *
   * @throws NotDone where the asker has left, or too many passwords wait for their comparison
   */
  admits(users: ReadonlyMap<string, string>, authorization: string | undefined, asker: Asker): Promise<boolean>;
}

/** The network of an IPv6 address, since one host may use all addresses of it; another address as it is. */
function networkOf(address: string): string {
  return address.includes(":") && !address.includes(".") ? address.split(":", 4).join(":") : address;
}

/** Creates an authenticator with an empty cache. A changed hash is another key there, so it needs no clearing. */
export function createAuthenticator(
  computeHash: ComputeHash = createComputeHash(),
  limits: WaitingRoomOptions = defaultLimits,
): Authenticator {
  const secret = randomBytes(32);
  const recent = new Map<string, boolean>();
  const accepted = new Map<string, boolean>();
  const room = createWaitingRoom(limits);

  /** Compares results only: a salt can be written in several ways. */
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
      // Of several that wait with the same password one is compared.
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

/** The header's user and password; `undefined` where it is not of Basic authentication or not UTF-8. Source: RFC 7617. */
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
    return undefined; // Not an exception to the caller: such a header names nobody.
  }
}

/** A hash of the cost that the users' have, so that the time of a refusal does not tell whether a name exists. */
function hashForStrangers(users: ReadonlyMap<string, string>): string {
  const costs = [...users.values()].map((hash) => hash.slice(4, 6)).sort();
  return `$2y$${costs.at(-1) ?? "10"}$${strangersHash}`;
}

/** Puts the verdict at the young end; the oldest give way. */
function remember(verdicts: Map<string, boolean>, key: string, verdict: boolean): void {
  verdicts.delete(key);
  verdicts.set(key, verdict);
  for (const oldest of verdicts.keys()) {
    if (verdicts.size <= cachedVerdicts) return;
    verdicts.delete(oldest);
  }
}
