import { describe, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";
import { once } from "node:events";
import type { TLSSocket } from "node:tls";
import { createWebConfigFile } from "../../../src/http/web-config/file.ts";
import { createTlsServer } from "../../../src/http/web-config/tls-server.ts";
import type { RunningServer } from "./client.ts";
import { tlsLines as tls, useWebServers } from "./situation.ts";

const situation = useWebServers();
const { configure, handshake, makeRsaKey, outcome, serve, trusting } = situation;

describe("a certificate at the start", () => {
  const startWith = (text: string) => () =>
    createTlsServer(
      () => undefined,
      createWebConfigFile(configure(text)),
      () => undefined,
    );

  test("that is bad is an error", () => {
    expect(startWith(tls().replace("server.key", "client.key"))).toThrow(
      /server\.pem: want .* got .*key values mismatch/,
    );
  });

  test("that the file does not name is an error", () => {
    expect(startWith("")).toThrow(/web\.yml: want a certificate and key, as at the start, got a file without/);
  });
});

describe("a server with TLS", () => {
  test("serves HTTPS with the file's certificate, found beside the file", async () => {
    const server = await serve(tls());
    expect(server.secure).toBe(true);
    expect(await server.get(trusting())).toMatchObject({ status: 200, body: "hello" });
    expect(await outcome(server, {})).toBe("refused");
  });

  test("reads certificate and key from the file itself", async () => {
    const indented = (pem: string) => pem.trimEnd().replaceAll("\n", "\n    ");
    const { cert, key } = situation.directory.signed("inline", "authority", "IP:127.0.0.1");
    const server = await serve(
      `tls_server_config:\n  cert: |\n    ${indented(cert)}\n  key: |\n    ${indented(key)}\n`,
    );
    expect(await server.get(trusting())).toMatchObject({ status: 200 });
  });

  test("asks for passwords too", async () => {
    const server = await serve(`${tls()}basic_auth_users: {alice: ${await bcrypt("a", 4)}}\n`);
    expect(await outcome(server, trusting())).toBe(401);
    expect(await outcome(server, trusting({ auth: "alice:a" }))).toBe(200);
  });

  test("uses a new certificate at the next connection, if the file names another one or its content was replaced", async () => {
    const server = await serve(tls());
    const subject = async () => {
      const socket = await handshake(server);
      const { CN: name } = socket.getPeerCertificate().subject;
      socket.destroy();
      return name;
    };
    expect(await subject()).toBe("server");
    configure(tls("", "renewed"));
    expect(await subject()).toBe("renewed");
    configure(tls());
    expect(await subject()).toBe("server");
    const { cert, key } = situation.directory.signed("later", "authority", "IP:127.0.0.1");
    configure(tls("", "swapped"));
    expect(await outcome(server, trusting())).toBe("refused");
    situation.directory.write("swapped.pem", cert);
    situation.directory.write("swapped.key", key);
    expect(await subject()).toBe("later");
  });

  test.each([
    ["an error", "nonsense: 1\n", /web\.yml:1:1: want one of/],
    ["no certificate", "", /web\.yml: want a certificate and key, as at the start/],
    ["a key that is another's", tls().replace("server.key", "client.key"), /key values mismatch/],
  ])("refuses connections while the file has %s, and reports the reason", async (_title, text, message) => {
    const server = await serve(tls());
    configure(text);
    expect(await outcome(server, trusting())).toBe("refused");
    expect(server.errors[0]?.message).toMatch(message);
    configure(tls());
    expect(await outcome(server, trusting())).toBe(200);
  });

  test.each([
    ["", "TLSv1.1", "refused"],
    ["", "TLSv1.2", 200],
    ["", "TLSv1.3", 200],
    ["  min_version: TLS13\n", "TLSv1.2", "refused"],
    ["  min_version: TLS13\n", "TLSv1.3", 200],
    ["  max_version: TLS12\n", "TLSv1.3", "refused"],
    ["  max_version: TLS12\n", "TLSv1.2", 200],
    ["  min_version: TLS10\n", "TLSv1", 200],
    ["  min_version: TLS11\n", "TLSv1", "refused"],
    ["  min_version: TLS11\n", "TLSv1.1", 200],
    ["  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", "TLSv1.2", "refused"],
    ["  cipher_suites: [TLS_AES_128_GCM_SHA256]\n", "TLSv1.3", 200],
  ] as const)("under %j answers a client of %s with %s", async (rule, version, expected) => {
    const server = await serve(tls(rule));
    const ciphers = "DEFAULT:@SECLEVEL=0";
    expect(await outcome(server, trusting({ minVersion: version, maxVersion: version, ciphers }))).toBe(expected);
  });

  test("uses only the listed cipher suites, in the listed order", async () => {
    const suites = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
    const server = await serve(tls(`  max_version: TLS12\n  cipher_suites: [${suites}]\n`));
    const cipherOf = async (ciphers: string) => {
      const socket = await handshake(server, { ciphers });
      const { name } = socket.getCipher();
      socket.destroy();
      return name;
    };
    const weak = "ECDHE-ECDSA-AES128-GCM-SHA256";
    expect(await cipherOf(`${weak}:ECDHE-ECDSA-AES256-GCM-SHA384`)).toBe("ECDHE-ECDSA-AES256-GCM-SHA384");
    expect(await cipherOf(weak)).toBe(weak);
    await expect(cipherOf("ECDHE-ECDSA-CHACHA20-POLY1305")).rejects.toThrow();
    configure(tls(`  max_version: TLS12\n  cipher_suites: [${suites}]\n  prefer_server_cipher_suites: false\n`));
    expect(await cipherOf(`${weak}:ECDHE-ECDSA-AES256-GCM-SHA384`)).toBe(weak);
  });

  test("uses only the listed curves", async () => {
    const server = await serve(tls("  curve_preferences: [CurveP384]\n"));
    expect(await outcome(server, trusting({ ecdhCurve: "P-384" }))).toBe(200);
    expect(await outcome(server, trusting({ ecdhCurve: "X25519" }))).toBe("refused");
  });

  test("refuses connections while the key is of another type, and serves again once it is right", async () => {
    const text = tls();
    makeRsaKey();
    const server = await serve(text);
    configure(text.replace("server.key", "rsa.key"));
    expect(await outcome(server, trusting())).toBe("refused");
    expect(server.errors[0]?.message).toContain("the key of another certificate");
    configure(text);
    expect(await outcome(server, trusting())).toBe(200);
  });
});

describe("a client's certificate", () => {
  const rules = (type: string, more = "") => tls(`  client_auth_type: ${type}\n${more}`);
  const ca = "  client_ca_file: authority.pem\n";

  /** What three clients get: without a certificate, with a stranger's, and with one that the authority signed. */
  async function outcomes(server: RunningServer): Promise<unknown[]> {
    const shown = [
      {},
      { cert: situation.stranger.cert, key: situation.stranger.key },
      { cert: situation.client.cert, key: situation.client.key },
    ];
    const results: unknown[] = [];
    for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
      for (const options of shown) results.push(await outcome(server, trusting({ ...options, maxVersion })));
    }
    return results;
  }

  test.each([
    ["NoClientCert", "", [200, 200, 200]],
    ["RequestClientCert", ca, [200, 200, 200]],
    ["RequireAnyClientCert", ca, ["refused", 200, 200]],
    ["RequireClientCert", ca, ["refused", 200, 200]],
    ["VerifyClientCertIfGiven", ca, [200, "refused", 200]],
    ["RequireAndVerifyClientCert", ca, ["refused", "refused", 200]],
    ["RequireAndVerifyClientCert", "", ["refused", "refused", "refused"]],
  ])(
    "under %s and %j: a client without one, with a stranger's, and with a known one get %j",
    async (type, more, expected) => {
      const server = await serve(rules(type, more));
      const results = await outcomes(server);
      expect(results).toEqual([...expected, ...expected]);
      expect(server.handled()).toBe(results.filter((result) => result === 200).length);
    },
  );

  test("is judged by a changed client_auth_type at the next connection", async () => {
    const server = await serve(tls());
    expect(await outcomes(server)).toEqual([200, 200, 200, 200, 200, 200]);
    configure(rules("RequireAndVerifyClientCert", ca));
    expect(await outcomes(server)).toEqual(["refused", "refused", 200, "refused", "refused", 200]);
    configure(rules("RequireAndVerifyClientCert", "  client_ca_file: stranger.pem\n"));
    expect(await outcomes(server)).toEqual(["refused", 200, "refused", "refused", 200, "refused"]);
    configure(tls());
    expect(await outcomes(server)).toEqual([200, 200, 200, 200, 200, 200]);
  });

  test.each([
    ["[scraper.example]", 200],
    ["[other.example, '2001:db8::1']", 200],
    ["['spiffe://site/scraper']", 200],
    ["[example, SCRAPER.example, client]", "refused"],
    ["[]", "refused"],
    ["", 200],
  ])("is admitted by client_allowed_sans %s: %s", async (sans, expected) => {
    for (const type of ["RequireAndVerifyClientCert", "RequireAnyClientCert"]) {
      const server = await serve(rules(type, `${ca}  client_allowed_sans: ${sans}\n`));
      expect(await outcome(server, trusting({ cert: situation.client.cert, key: situation.client.key }))).toBe(
        expected,
      );
      expect(await outcome(server, trusting())).toBe("refused");
    }
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("is judged also when a session of %s is resumed", async (maxVersion) => {
    const server = await serve(rules("RequireAndVerifyClientCert", ca));
    const { cert, key } = situation.client;
    const first = await handshake(server, { cert, key, maxVersion });
    const session = maxVersion === "TLSv1.2" ? first.getSession() : ((await once(first, "session")) as [Buffer])[0];
    first.destroy();
    const second = await handshake(server, { maxVersion, session });
    expect(second.isSessionReused()).toBe(true);
    expect(await statusLine(second)).toBe("HTTP/1.1 200 OK");
    configure(rules("RequireAndVerifyClientCert", "  client_ca_file: stranger.pem\n"));
    const third = await handshake(server, { maxVersion, session }).then(statusLine, () => "");
    expect(third).toBe("");
  });
});

/** The first line of the answer to a request; empty if the connection ends instead. */
async function statusLine(socket: TLSSocket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  let text = "";
  try {
    for await (const chunk of socket) text += String(chunk);
  } catch {
    return "";
  }
  return text.split("\r\n")[0] ?? "";
}
