import { beforeAll, describe, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";

import { createComputeHash } from "../../../src/http/web-config/comparer.ts";
import { createAuthenticator, parseCredentials } from "../../../src/http/web-config/basic-auth.ts";
import type { NotDone } from "../../../src/http/web-config/waiting-room.ts";

const basic = (text: string, encoding: BufferEncoding = "utf8") =>
  `Basic ${Buffer.from(text, encoding).toString("base64")}`;

describe("the header Authorization", () => {
  test("contains user and password, and the password may contain colons", () => {
    expect(parseCredentials(basic("alice:a:b:"))).toEqual({ user: "alice", password: "a:b:" });
    expect(parseCredentials(basic(":"))).toEqual({ user: "", password: "" });
    expect(parseCredentials(basic("élise:pässwort"))).toEqual({ user: "élise", password: "pässwort" });
  });

  test("may write Basic in upper or lower case", () => {
    expect(parseCredentials(basic("a:b").replace("Basic", "bASIC"))).toEqual({ user: "a", password: "b" });
  });

  test.each([
    undefined,
    "",
    "Basic",
    "Basic ",
    "Bearer YTpi",
    "Basic  YTpi",
    "Basic YTpi=",
    "Basic YTp",
    "Basic YT-i",
    basic("nocolon"),
    basic("\xffa:b", "latin1"),
  ])("contains no user when it is %j", (header) => {
    expect(parseCredentials(header)).toBeUndefined();
  });
});

/** Asks for a client that does not leave. */
function authenticate(): (
  users: ReadonlyMap<string, string>,
  authorization: string | undefined,
  from?: string,
) => Promise<boolean> {
  const { admits } = createAuthenticator();
  const { signal } = new AbortController();
  return (users, authorization, from = "192.0.2.1") => admits(users, authorization, { address: from, signal, isSeen });
}

/** The connection is read, so that the server would notice when the client leaves. */
const isSeen = (): boolean => true;

const limits = { mostOfClient: 6, most: 48, patienceMs: 60_000 };

describe("an authenticator", () => {
  const users = new Map<string, string>();
  beforeAll(async () => {
    users.set("alice", await bcrypt("wonderland", 4));
    users.set("bob", (await bcrypt("builder", 4)).replace(/^\$2.\$/, "$2y$"));
  });

  test("admits a user with the right password, and not with another's", async () => {
    const admits = authenticate();
    await expect(admits(users, basic("alice:wonderland"))).resolves.toBe(true);
    await expect(admits(users, basic("bob:builder"))).resolves.toBe(true);
    await expect(admits(users, basic("alice:builder"))).resolves.toBe(false);
    await expect(admits(users, basic("alice:"))).resolves.toBe(false);
    await expect(admits(users, undefined)).resolves.toBe(false);
  });

  test("refuses an unknown name, even with the password of the hash it is compared with", async () => {
    const admits = authenticate();
    const header = basic("mallory:nobody");
    await expect(admits(new Map([["alice", "$2y$10$".padEnd(60, ".")]]), header)).resolves.toBe(false);
    await expect(admits(users, header)).resolves.toBe(false);
  });

  test("refuses a name that every JavaScript object has as a member", async () => {
    await expect(authenticate()(users, basic("constructor:x"))).resolves.toBe(false);
  });

  test("repeats its answer until the hash changes", async () => {
    const admits = authenticate();
    const header = basic("alice:wonderland");
    for (let repetition = 0; repetition < 3; repetition++) await expect(admits(users, header)).resolves.toBe(true);
    const changed = new Map([["alice", await bcrypt("through the looking-glass", 4)]]);
    await expect(admits(changed, header)).resolves.toBe(false);
    await expect(admits(changed, basic("alice:through the looking-glass"))).resolves.toBe(true);
    await expect(admits(users, header)).resolves.toBe(true);
  });

  test("admits by a hash whose salt differs only in unused bits", async () => {
    const hash = users.get("alice") ?? "";
    const last = hash.charAt(28);
    const other = { ".": "/", O: "P", e: "f", u: "v" }[last] ?? "";
    expect(other).not.toBe("");
    const altered = new Map([["alice", hash.slice(0, 28) + other + hash.slice(29)]]);
    await expect(authenticate()(altered, basic("alice:wonderland"))).resolves.toBe(true);
  });

  test("still knows an accepted password after 150 wrong ones", async () => {
    const admits = authenticate();
    await admits(users, basic("alice:wonderland"));
    const refused: boolean[] = [];
    for (let number = 0; number < 150; number++) refused.push(await admits(users, basic(`alice:${number}`)));
    expect(refused).not.toContain(true);
    // The accepted password is found without a comparison: the stranger's comparison would take minutes.
    const order: string[] = [];
    const dear = new Map([["alice", (users.get("alice") ?? "").replace("$04$", "$20$")]]);
    const stranger = admits(dear, basic("alice:wrong")).then(() => order.push("stranger"));
    await expect(admits(users, basic("alice:wonderland"))).resolves.toBe(true);
    expect(order).toEqual([]);
    void stranger;
  });

  test("limits how many passwords of a client wait, and compares other clients' passwords in between", async () => {
    const { admits } = createAuthenticator(createComputeHash(), limits);
    const { signal } = new AbortController();
    const ask = (password: string, address: string) =>
      admits(users, basic(`alice:${password}`), { address, signal, isSeen }).catch(
        (error: unknown) => (error as NotDone).reason,
      );
    const strangers = Array.from({ length: 100 }, (_, number) => ask(String(number), "192.0.2.1"));
    const done: string[] = [];
    strangers.forEach((verdict) => void verdict.then((what) => what === false && done.push("stranger")));
    await expect(ask("wonderland", "192.0.2.2").then((what) => [what, done.length])).resolves.toEqual([true, 2]);
    const verdicts = await Promise.all(strangers);
    // Six were waiting and one was being compared.
    expect(verdicts.filter((verdict) => verdict === false)).toHaveLength(7);
    expect(verdicts.filter((verdict) => verdict === "too many")).toHaveLength(93);
  });

  test("compares nothing for a client that has left", async () => {
    const computed: string[] = [];
    const { admits } = createAuthenticator((password, hash) => {
      computed.push(password);
      return Promise.resolve(hash);
    });
    const controller = new AbortController();
    const asker = { address: "192.0.2.1", signal: controller.signal, isSeen };
    const all = ["a", "b", "c"].map((password) => admits(users, basic(`alice:${password}`), asker));
    controller.abort();
    const outcomes = await Promise.allSettled(all);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "rejected"]);
    expect(computed).toEqual(["a"]);
  });

  test("compares nothing for a connection that is not read", async () => {
    const { signal } = new AbortController();
    const asker = { address: "192.0.2.1", signal, isSeen: () => false };
    const compared = createAuthenticator().admits(users, basic("alice:wonderland"), asker);
    await expect(compared).rejects.toMatchObject({ reason: "too many" });
  });

  test.each(["2001:db8:1:2::", "2001:db8::", "2001:db8:0:1::7:", "fe80::1:"])(
    "treats the addresses of one IPv6 network as one client: %s",
    async (network) => {
      const { admits } = createAuthenticator(createComputeHash(), limits);
      const { signal } = new AbortController();
      const verdicts = await Promise.allSettled(
        Array.from({ length: 20 }, (_, number) =>
          admits(users, basic(`alice:${number}`), { address: `${network}${number}`, signal, isSeen }),
        ),
      );
      expect(verdicts.filter(({ status }) => status === "rejected")).toHaveLength(13);
    },
  );
});
