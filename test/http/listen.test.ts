import { afterEach, describe, expect, test } from "@jest/globals";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { networkInterfaces } from "node:os";
import { listenAtAll, resolvePlaces, systemdPlaces, type Place } from "../../src/http/listen.ts";
import { testUnless } from "../support/real-kernel.ts";

const hasV6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));

const servers: Server[] = [];
const create = (): Server => {
  const server = createServer((_request, response) => response.end("here"));
  servers.push(server);
  return server;
};
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const at = (host: string, port = 0): Place => ({
  host,
  port,
  flag: `--web.listen-address=${host}:${port}`,
  optional: false,
});

const answerOf = async (authority: string | undefined): Promise<string> =>
  (await fetch(`http://${authority ?? ""}/`, { headers: { connection: "close" } })).text();

const refusal = (places: readonly Place[]): Promise<unknown> =>
  listenAtAll(places, create).then(
    () => "none",
    (error: unknown) => String(error),
  );

describe("the places of an address", () => {
  test("are both loopback addresses for localhost, whatever a name service says of it", async () => {
    expect(await resolvePlaces("localhost", 7)).toMatchObject([
      { host: "127.0.0.1", port: 7, flag: "--web.listen-address=localhost:7" },
      { host: "::1", port: 7 },
    ]);
  });

  test.each(["127.0.0.1", "::1", "fe80::1%eth0", undefined])("is %s itself", async (host) => {
    expect(await resolvePlaces(host, 7)).toMatchObject([{ host, port: 7 }]);
  });

  test("of a name that does not resolve are an error, which does not advise another port", async () => {
    const error = await resolvePlaces("nowhere.invalid", 7).catch(String);
    expect(error).toMatch(/LISTEN_FAILED at --web.listen-address=nowhere.invalid:7: .*(ENOTFOUND|EAI_AGAIN)/);
    expect(error).toMatch(/(does not resolve|no name service answers): give an address/);
    expect(error).not.toContain("10276");
  });
});

describe("servers", () => {
  test("answer at each place, and report the address with the real port", async () => {
    const listening = await listenAtAll([at("127.0.0.1"), at("127.0.0.2")], create);
    expect(listening.map(({ address }) => address)).toEqual([
      expect.stringMatching(/^127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/^127\.0\.0\.2:[1-9]\d*$/),
    ]);
    for (const { address, authority } of listening) {
      expect(authority).toBe(address);
      expect(await answerOf(authority)).toBe("here");
    }
  });

  testUnless(hasV6 ? undefined : "this host has no IPv6 loopback address")(
    "answer on both families for localhost, at one port",
    async () => {
      const listening = await listenAtAll(await resolvePlaces("localhost", 0), create);
      expect(listening.map(({ address }) => address.replace(/:\d+$/, ""))).toEqual(["127.0.0.1", "[::1]"]);
      expect(new Set(listening.map(({ address }) => address.replace(/.*:/, ""))).size).toBe(1);
      for (const { authority } of listening) expect(await answerOf(authority)).toBe("here");
    },
  );

  test("answer on the loopback address if they are bound to all addresses", async () => {
    const [one] = await listenAtAll(await resolvePlaces(undefined, 0), create);
    expect(one?.address).toMatch(/^(\[::\]|0\.0\.0\.0):[1-9]\d*$/);
    expect(one?.authority).toMatch(/^localhost:\d+$/);
    expect(await answerOf(one?.authority?.replace("localhost", "127.0.0.1"))).toBe("here");
  });

  test("leave out an address that this host does not have, if another one of the name is bound", async () => {
    const absent: Place = { ...at("192.0.2.1"), optional: true };
    expect(await listenAtAll([absent, at("127.0.0.1")], create)).toHaveLength(1);
    expect(await refusal([absent])).toContain("EADDRNOTAVAIL");
  });
});

describe("an address that cannot be bound", () => {
  test("in use is an error that says how to find who has the port", async () => {
    const [first] = await listenAtAll([at("127.0.0.1")], create);
    const { port } = first?.server.address() as AddressInfo;
    expect(await refusal([at("127.0.0.1", port)])).toMatch(
      new RegExp(
        `LISTEN_FAILED at \\S+:${port}: .*EADDRINUSE.*; see who has it: ss -ltnp 'sport = :${port}'.*another port`,
      ),
    );
  });

  test("of another host is an error that does not advise another port", async () => {
    const error = await refusal([at("192.0.2.1", 7)]);
    expect(error).toMatch(/EADDRNOTAVAIL.*; this address is not one of this host/);
    expect(error).not.toContain("another port");
  });

  test("that is no socket of systemd is an error that names the flag", async () => {
    expect(await refusal([{ fd: 2 ** 20, flag: "--web.systemd-socket" }])).toMatch(
      /LISTEN_FAILED at --web.systemd-socket: want a socket that listens, got .*; see that the unit/,
    );
  });

  test("closes the servers that were bound before", async () => {
    expect(await refusal([at("127.0.0.1"), at("192.0.2.1", 7)])).toContain("EADDRNOTAVAIL");
    const [first] = servers;
    if (first?.listening) await once(first, "close");
    expect(first?.listening).toBe(false);
  });
});

describe("systemd's sockets", () => {
  test("are the descriptors from 3 on", () => {
    expect(systemdPlaces({ LISTEN_FDS: "2", LISTEN_PID: "7" }, 7)).toMatchObject([{ fd: 3 }, { fd: 4 }]);
  });

  test.each([
    [{}, /got none \(LISTEN_FDS is not set\); start it by a unit of type .socket/],
    [
      { LISTEN_FDS: "1", LISTEN_PID: "8" },
      /want sockets that systemd passes to process 7, got LISTEN_FDS=1 and LISTEN_PID=8/,
    ],
    [{ LISTEN_FDS: "0", LISTEN_PID: "7" }, /got LISTEN_FDS=0/],
    [{ LISTEN_FDS: "many", LISTEN_PID: "7" }, /got LISTEN_FDS=many/],
  ])("are an error if the environment is %p", (env, message) => expect(() => systemdPlaces(env, 7)).toThrow(message));
});
