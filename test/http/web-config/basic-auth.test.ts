import { beforeAll, describe, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";

import { createAuthenticator, parseCredentials } from "../../../src/http/web-config/basic-auth.ts";

const basic = (text: string, encoding: BufferEncoding = "utf8") =>
  `Basic ${Buffer.from(text, encoding).toString("base64")}`;

describe("the header Authorization", () => {
  test("holds user and password, the password with its colons", () => {
    expect(parseCredentials(basic("alice:a:b:"))).toEqual({ user: "alice", password: "a:b:" });
    expect(parseCredentials(basic(":"))).toEqual({ user: "", password: "" });
    expect(parseCredentials(basic("élise:pässwort"))).toEqual({ user: "élise", password: "pässwort" });
  });

  test("is Basic in any case of letters", () => {
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
  ])("names nobody when it is %j", (header) => {
    expect(parseCredentials(header)).toBeUndefined();
  });
});

describe("an authenticator", () => {
  const users = new Map<string, string>();
  beforeAll(async () => {
    users.set("alice", await bcrypt("wonderland", 4));
    users.set("bob", (await bcrypt("builder", 4)).replace(/^\$2.\$/, "$2y$"));
  });

  test("admits a user with the right password, and not with another's", async () => {
    const { admits } = createAuthenticator();
    await expect(admits(users, basic("alice:wonderland"))).resolves.toBe(true);
    await expect(admits(users, basic("bob:builder"))).resolves.toBe(true);
    await expect(admits(users, basic("alice:builder"))).resolves.toBe(false);
    await expect(admits(users, basic("alice:"))).resolves.toBe(false);
    await expect(admits(users, undefined)).resolves.toBe(false);
  });

  test("refuses an unknown name, even with the password of the hash it is compared with", async () => {
    const { admits } = createAuthenticator();
    const header = basic("mallory:nobody");
    await expect(admits(new Map([["alice", "$2y$10$".padEnd(60, ".")]]), header)).resolves.toBe(false);
    await expect(admits(users, header)).resolves.toBe(false);
  });

  test("refuses the names of members that every object has", async () => {
    await expect(createAuthenticator().admits(users, basic("constructor:x"))).resolves.toBe(false);
  });

  test("repeats its verdict from memory until the hash changes", async () => {
    const { admits } = createAuthenticator();
    const header = basic("alice:wonderland");
    for (let repetition = 0; repetition < 3; repetition++) await expect(admits(users, header)).resolves.toBe(true);
    const changed = new Map([["alice", await bcrypt("through the looking-glass", 4)]]);
    await expect(admits(changed, header)).resolves.toBe(false);
    await expect(admits(changed, basic("alice:through the looking-glass"))).resolves.toBe(true);
    await expect(admits(users, header)).resolves.toBe(true);
  });

  test("admits by a hash whose salt is written with other unused bits", async () => {
    const hash = users.get("alice") ?? "";
    const last = hash.charAt(28);
    const other = { ".": "/", O: "P", e: "f", u: "v" }[last] ?? "";
    expect(other).not.toBe("");
    const altered = new Map([["alice", hash.slice(0, 28) + other + hash.slice(29)]]);
    await expect(createAuthenticator().admits(altered, basic("alice:wonderland"))).resolves.toBe(true);
  });

  test("keeps a good verdict through a hundred and fifty bad ones", async () => {
    const { admits } = createAuthenticator();
    const slow = new Map([["alice", await bcrypt("wonderland", 9)]]);
    await admits(slow, basic("alice:wonderland"));
    const refused = Array.from({ length: 150 }, (_, number) => admits(users, basic(`alice:${number}`)));
    const order: string[] = [];
    const strangers = Promise.all(refused).then(() => order.push("strangers"));
    const friend = admits(slow, basic("alice:wonderland")).then(() => order.push("friend"));
    await Promise.all([strangers, friend]);
    expect(order).toEqual(["friend", "strangers"]);
    await expect(Promise.all(refused)).resolves.not.toContain(true);
  });
});
