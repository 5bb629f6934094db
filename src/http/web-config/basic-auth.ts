/**
 * Basic authentication against bcrypt hashes. A comparison costs a tenth of a second by design, so verdicts are kept, a bounded
 * number of them, under keys that give nothing of the password away. Good ones are kept apart, where bad ones cannot push them
 * out. bcryptjs works in slices of at most 100 ms between which the event loop goes on, and one comparison runs at a time, so
 * that a crowd of strangers does not put a slice each into one turn of the loop.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

import { hash as bcrypt } from "bcryptjs";

const cachedVerdicts = 100;

/** A salt and a result, for names that no user has. The cost is put before it. */
const strangersHash = "FzT5KTbepmxNk80EGV526exk6KGsZDfVD8ZZBIYAxV8U2hhuWc5Hm";

interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Says who may come in. */
export interface Authenticator {
  /**
   * Whether `authorization`, a request's header, is that of one of `users` (name to bcrypt hash).
   * An unknown name takes as long to refuse as a wrong password.
   */
  admits(users: ReadonlyMap<string, string>, authorization: string | undefined): Promise<boolean>;
}

/** Creates an authenticator with an empty cache. A changed hash is another key there, so it needs no clearing. */
export function createAuthenticator(): Authenticator {
  const secret = randomBytes(32);
  const recent = new Map<string, Promise<boolean>>();
  const accepted = new Map<string, Promise<boolean>>();
  const inTurn = createQueue();
  return {
    async admits(users, authorization) {
      const credentials = parseCredentials(authorization);
      if (credentials === undefined) return false;
      const { user, password } = credentials;
      const known = users.get(user);
      const hash = known ?? hashForStrangers(users);
      const key = createHmac("sha256", secret)
        .update(JSON.stringify([user, hash, password]))
        .digest("base64");
      const verdict = accepted.get(key) ?? recent.get(key) ?? inTurn(() => matches(password, hash));
      remember(recent, key, verdict);
      if (!(await verdict) || known === undefined) return false;
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

/** Compares results only: a salt can be written in several ways. */
async function matches(password: string, hash: string): Promise<boolean> {
  const resultOf = (text: string): Buffer => Buffer.from(text.slice(-31));
  return timingSafeEqual(resultOf(await bcrypt(password, hash)), resultOf(hash));
}

/** Puts the verdict at the young end; the oldest give way. */
function remember(verdicts: Map<string, Promise<boolean>>, key: string, verdict: Promise<boolean>): void {
  verdicts.delete(key);
  verdicts.set(key, verdict);
  for (const oldest of verdicts.keys()) {
    if (verdicts.size <= cachedVerdicts) return;
    verdicts.delete(oldest);
  }
}

/** Runs tasks one after the other. */
function createQueue(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result;
    return result;
  };
}
