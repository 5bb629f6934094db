/** Names of users: from passwd, from other name services, and from none. */

import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GetentAnswer } from "../../src/procfs/getent.ts";
import { createUserNames, type UserNames } from "../../src/procfs/users.ts";

describe("names of users", () => {
  let directory = "";
  let passwdPath = "";
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "users-"));
    passwdPath = join(directory, "passwd");
    writeFileSync(passwdPath, "root:x:0:0::/root:/bin/sh\n");
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  interface Services {
    readonly users: UserNames;
    readonly known: Map<number, string>;
    readonly asked: (readonly number[])[];
    readonly troubles: string[];
    failure: { readonly failure: "missing" | "timeout"; readonly reason: string } | undefined;
    hangs: boolean;
    nowMs: number;
  }

  function create(): Services {
    const known = new Map<number, string>();
    const asked: (readonly number[])[] = [];
    const troubles: string[] = [];
    const services = { known, asked, troubles, failure: undefined, hangs: false, nowMs: 0 } as Omit<Services, "users">;
    const askGetent = (uids: readonly number[]): Promise<GetentAnswer> => {
      asked.push(uids);
      if (services.hangs) return new Promise(() => undefined);
      return Promise.resolve(services.failure ?? { names: new Map([...known].filter(([uid]) => uids.includes(uid))) });
    };
    const users = createUserNames({
      passwdPath,
      askGetent,
      onTrouble: (reason) => troubles.push(reason),
      nowMs: () => services.nowMs,
    });
    return Object.assign(services, { users });
  }

  test("of passwd are known at once, and getent is not asked for them", async () => {
    const { users, asked } = create();
    users.refresh({ thorough: false });
    await users.settled();
    expect(users.nameOf(0)).toBe("root");
    expect(asked).toEqual([]);
  });

  test("of other services are undefined until they have answered, and all that are wanted are asked for together", async () => {
    const { users, known, asked } = create();
    known.set(5001, "alice").set(5002, "bob");
    expect([users.nameOf(5001), users.nameOf(5002), users.nameOf(5003)]).toEqual([undefined, undefined, undefined]);
    await users.settled();
    expect([users.nameOf(5001), users.nameOf(5002), users.nameOf(5003)]).toEqual(["alice", "bob", "5003"]);
    expect(asked).toEqual([[5001, 5002, 5003]]);
    expect(users.refresh({ thorough: false })).toBe(false);
  });

  test("of passwd are undefined until it has been read, and getent is not asked for them", async () => {
    const { users, asked } = create();
    expect([users.nameOf(0), users.asking]).toEqual([undefined, true]);
    await users.settled();
    expect([users.nameOf(0), users.asking, asked]).toEqual(["root", false, []]);
  });

  test("that change in passwd are new after the refresh that reads it, which the next refresh reports", async () => {
    const { users } = create();
    users.refresh({ thorough: false });
    await users.settled();
    writeFileSync(passwdPath, "toor:x:0:0::/root:/bin/sh\n");
    expect(users.refresh({ thorough: false })).toBe(false);
    await users.settled();
    expect(users.refresh({ thorough: false })).toBe(true);
    expect(users.nameOf(0)).toBe("toor");
  });

  test("that change in another service are new after a thorough refresh, or else after five minutes", async () => {
    const services = create();
    const { users, known } = services;
    known.set(5001, "alice");
    users.nameOf(5001);
    await users.settled();
    known.set(5001, "alicia");
    users.refresh({ thorough: true });
    await users.settled();
    expect(users.refresh({ thorough: false })).toBe(true);
    expect(users.nameOf(5001)).toBe("alicia");
    known.set(5001, "ally");
    services.nowMs = 301_000;
    expect(users.nameOf(5001)).toBe("alicia");
    await users.settled();
    expect(users.nameOf(5001)).toBe("ally");
  });

  test("are ids where getent is missing, which is reported once", async () => {
    const services = create();
    services.failure = { failure: "missing", reason: "spawn getent ENOENT" };
    for (const uid of [5001, 5002]) {
      services.users.nameOf(uid);
      await services.users.settled();
    }
    expect([services.users.nameOf(5001), services.users.nameOf(5002)]).toEqual(["5001", "5002"]);
    expect(services.troubles).toEqual(["spawn getent ENOENT"]);
  });

  test("that a service gave are kept when it answers no more", async () => {
    const services = create();
    services.known.set(5001, "alice");
    services.users.nameOf(5001);
    await services.users.settled();
    services.failure = { failure: "timeout", reason: "no answer" };
    services.users.refresh({ thorough: true });
    await services.users.settled();
    expect(services.users.nameOf(5001)).toBe("alice");
  });

  test("of a service that hangs do not delay the caller", async () => {
    const services = create();
    services.hangs = true;
    services.users.nameOf(5001);
    await services.users.settled();
    expect(services.users.nameOf(5001)).toBeUndefined();
    expect(services.asked).toHaveLength(1);
  });
});
