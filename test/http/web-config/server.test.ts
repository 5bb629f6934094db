import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { hash as bcrypt } from "bcryptjs";
import { once } from "node:events";
import { rmSync } from "node:fs";
import type { RequestOptions } from "node:https";
import { join } from "node:path";
import { connect } from "node:tls";
import type { ConnectionOptions, TLSSocket } from "node:tls";

import { ExporterError } from "../../../src/base/errors.ts";
import { createWebServers } from "../../../src/http/web-config/server.ts";
import { createCertificateDirectory } from "./certificates.ts";
import type { CertificateDirectory, KeyPair } from "./certificates.ts";
import { startServer } from "./client.ts";
import type { RunningServer } from "./client.ts";
import { execFileSync } from "../../support/processes.ts";

const running: RunningServer[] = [];
let directory: CertificateDirectory;
let authority: KeyPair;
let client: KeyPair;
let stranger: KeyPair;

beforeAll(() => {
  directory = createCertificateDirectory();
  authority = directory.authority("authority");
  directory.signed("server", "authority", "DNS:localhost,IP:127.0.0.1");
  directory.signed("renewed", "authority", "DNS:localhost,IP:127.0.0.1");
  client = directory.signed("client", "authority", "DNS:scraper.example,IP:2001:db8::1,URI:spiffe://site/scraper");
  stranger = directory.authority("stranger");
});

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
});

afterAll(() => directory.remove());

/** Starts a server under `text`, the configuration file `web.yml` beside the certificates. */
async function serve(text: string): Promise<RunningServer> {
  const server = await startServer(configure(text));
  running.push(server);
  return server;
}

function configure(text: string): string {
  return directory.write("web.yml", text);
}

const tls = (rest = "", name = "server") =>
  `tls_server_config:\n  cert_file: ${name}.pem\n  key_file: ${name}.key\n${rest}`;

const trusting = (options: RequestOptions = {}): RequestOptions => ({ ca: authority.cert, ...options });

/** What becomes of a request: its status, or "refused" where the connection was. */
async function outcome(server: RunningServer, options: RequestOptions): Promise<number | string | undefined> {
  return server.get(options).then(
    ({ status }) => status,
    () => "refused",
  );
}

/** Makes `rsa.key`; all certificates here have keys on a curve. */
function makeRsaKey(): void {
  const words = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.key"];
  execFileSync("openssl", words, { cwd: directory.path, stdio: "pipe" });
}

function startError(text: string): string {
  try {
    createWebServers(() => undefined, { path: configure(text), onError: () => undefined }).create();
  } catch (error) {
    if (error instanceof ExporterError) return error.message;
    throw error;
  }
  return "no error";
}

describe("a server without TLS", () => {
  test.each([undefined, ""])("serves plain HTTP without restriction when the file is %j", async (path) => {
    const server = await startServer(path);
    running.push(server);
    expect(server.secure).toBe(false);
    expect(await server.get()).toMatchObject({ status: 200, body: "hello" });
  });

  test("serves plain HTTP under an empty file", async () => {
    const server = await serve("");
    expect(server.secure).toBe(false);
    expect(await server.get()).toMatchObject({ status: 200, body: "hello" });
  });

  test("stays plain when the file gets a certificate after the start", async () => {
    const server = await serve("");
    configure(tls());
    expect(await server.get()).toMatchObject({ status: 200, body: "hello" });
  });
});

describe("a bad file at the start", () => {
  test("is an error when it is missing", () => {
    const path = join(directory.path, "missing.yml");
    expect(() => createWebServers(() => undefined, { path, onError: () => undefined })).toThrow(
      `WEB_CONFIG at ${path}: want a readable file, got none;`,
    );
  });

  test("is an error with its line and column", () => {
    expect(startError("rate_limit:\n  burst: x\n")).toMatch(
      /^WEB_CONFIG at .*web\.yml:2:10: want an integer, got "x";/,
    );
  });

  test("is an error when a certificate, key or authority is missing, and names it", () => {
    for (const key of ["cert_file", "key_file", "client_ca_file"]) {
      const text = tls("  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: authority.pem\n");
      const message = startError(text.replace(new RegExp(`${key}: .*`), `${key}: gone.pem`));
      expect(message).toContain(`WEB_CONFIG at ${directory.path}/gone.pem: want a readable file, got none;`);
    }
  });

  test("is an error when the key is another certificate's, or either is not PEM", () => {
    expect(startError(tls().replace("server.key", "client.key"))).toMatch(
      /server\.pem: want .* got .*key values mismatch/,
    );
    expect(startError(tls().replace("server.pem", "web.yml"))).toMatch(
      /web\.yml: want a certificate with its private key/,
    );
    expect(startError("tls_server_config: {cert: a, key: b}")).toMatch(/web\.yml: want a certificate with its/);
  });

  test("is an error when the key is of another kind than the certificate's, which OpenSSL says nothing of", () => {
    makeRsaKey();
    expect(startError(tls().replace("server.key", "rsa.key"))).toMatch(
      /server\.pem: want .* got the key of another certificate;/,
    );
  });

  test("is an error when an authority is no certificate", () => {
    const text = (ca: string) => tls(`  client_auth_type: VerifyClientCertIfGiven\n  ${ca}\n`);
    expect(startError(text("client_ca_file: server.key"))).toMatch(/server\.key: want certificates of .* got none;/);
    const broken = "-----BEGIN CERTIFICATE-----\\nAAAA\\n-----END CERTIFICATE-----\\n";
    expect(startError(text(`client_ca: "${broken}"`))).toMatch(/web\.yml: want certificates of clients' authorities/);
  });
});

describe("the headers of the file", () => {
  const text = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Content-Security-Policy: default-src\n";

  test("are on answers and on refused passwords", async () => {
    const server = await serve(text);
    const page = await server.get();
    expect(page.headers["x-frame-options"]).toBe("deny");
    expect(page.headers["content-security-policy"]).toBe("default-src");
    configure(`${text}basic_auth_users: {alice: ${await bcrypt("a", 4)}}\n`);
    expect(await server.get()).toMatchObject({ status: 401, headers: { "x-frame-options": "deny" } });
  });

  test("change with the next request", async () => {
    const server = await serve(text);
    configure(text.replace("deny", "sameorigin"));
    expect((await server.get()).headers["x-frame-options"]).toBe("sameorigin");
    configure("");
    expect((await server.get()).headers["x-frame-options"]).toBeUndefined();
  });
});

describe("the users of the file", () => {
  const usersOf = async (password: string) => `basic_auth_users:\n  alice: ${await bcrypt(password, 4)}\n`;

  test("come in with their password", async () => {
    const server = await serve(await usersOf("wonderland"));
    expect(await server.get({ auth: "alice:wonderland" })).toMatchObject({ status: 200, body: "hello" });
  });

  test.each([undefined, "alice:", "alice:wrong", "alice", "bob:wonderland", ":wonderland", "ALICE:wonderland"])(
    "do not include whoever says %j",
    async (auth) => {
      const server = await serve(await usersOf("wonderland"));
      const answer = await server.get(auth === undefined ? {} : { auth });
      expect(answer).toMatchObject({ status: 401, body: "Unauthorized\n", headers: { "www-authenticate": "Basic" } });
      expect(answer.headers["content-type"]).toBe("text/plain; charset=utf-8");
      expect(server.handled()).toBe(0);
    },
  );

  test("have the new password at the next request after a change, and the old one no more", async () => {
    const server = await serve(await usersOf("old"));
    expect(await server.get({ auth: "alice:old" })).toMatchObject({ status: 200 });
    expect(await server.get({ auth: "alice:new" })).toMatchObject({ status: 401 });
    configure(await usersOf("new"));
    expect(await server.get({ auth: "alice:old" })).toMatchObject({ status: 401 });
    expect(await server.get({ auth: "alice:new" })).toMatchObject({ status: 200 });
  });

  test("are everybody once the file lists none", async () => {
    const server = await serve(await usersOf("old"));
    configure("basic_auth_users: {}\n");
    expect(await server.get()).toMatchObject({ status: 200 });
  });
});

describe("the rate limit of the file", () => {
  const limit = (burst: number) => `rate_limit:\n  interval: 1h\n  burst: ${burst}\n`;

  test("answers 429 beyond the burst, before it looks at headers and passwords", async () => {
    const more = `http_server_config: {headers: {X-Frame-Options: deny}}\nbasic_auth_users: {a: ${await bcrypt("a", 4)}}\n`;
    const server = await serve(limit(2) + more);
    expect(await server.get()).toMatchObject({ status: 401 });
    expect(await server.get({ auth: "a:a" })).toMatchObject({ status: 200 });
    const answer = await server.get({ auth: "a:a" });
    expect(answer).toMatchObject({ status: 429, body: "Too Many Requests\n" });
    expect(answer.headers["x-frame-options"]).toBeUndefined();
    expect(server.handled()).toBe(1);
  });

  test("is that of the start", async () => {
    const server = await serve(limit(1));
    configure(limit(100));
    expect(await server.get()).toMatchObject({ status: 200 });
    expect(await server.get()).toMatchObject({ status: 429 });
  });
});

test("public paths are answered without a password, beyond the rate limit and under a bad file, and no others", async () => {
  const limited = `rate_limit: {interval: 1h, burst: 2}\nbasic_auth_users: {a: ${await bcrypt("a", 4)}}\n`;
  const server = await startServer(configure(limited), ["/-/healthy"]);
  running.push(server);
  const statuses = async (...paths: string[]): Promise<(number | undefined)[]> => {
    const answers: (number | undefined)[] = [];
    for (const path of paths) answers.push((await server.get({ path })).status);
    return answers;
  };
  expect(await statuses("/-/healthy", "/-/healthy?a=b", "/-/healthy", "/-/healthy")).toEqual([200, 200, 200, 200]);
  expect(await statuses("/-/healthy/", "/-/healthy/../../metrics", "/metrics")).toEqual([401, 401, 429]);
  configure("rate_limit: {bursts: 1}\n");
  expect(await statuses("/-/healthy", "/metrics")).toEqual([200, 500]);
});

describe("a file that goes bad", () => {
  test("answers 500 and says why until it is good again", async () => {
    const server = await serve("");
    configure("rate_limit: {bursts: 1}\n");
    const answer = await server.get();
    expect(answer).toMatchObject({ status: 500, body: "Internal Server Error\n" });
    expect(server.errors.map(({ code, where }) => [code, where])).toEqual([
      ["WEB_CONFIG", join(directory.path, "web.yml:1:14")],
    ]);
    expect(server.handled()).toBe(0);
    configure("");
    expect(await server.get()).toMatchObject({ status: 200 });
    expect(server.errors).toHaveLength(1);
  });

  test("answers 500 when it has become a named pipe, which nobody may ever write to", async () => {
    const server = await serve("");
    rmSync(join(directory.path, "web.yml"));
    execFileSync("mkfifo", [join(directory.path, "web.yml")]);
    expect(await server.get()).toMatchObject({ status: 500 });
    expect(server.errors[0]?.message).toMatch(/web\.yml: want a readable file, got a named pipe;/);
    rmSync(join(directory.path, "web.yml"));
  });

  test("answers 500 when it is nested ten thousand levels deep", async () => {
    const server = await serve("");
    configure("[".repeat(10_000));
    expect(await server.get()).toMatchObject({ status: 500 });
    expect(server.errors[0]?.message).toMatch(/web\.yml:1:\d+: want at most 32 levels, got more;/);
  });

  test("answers 500 when it vanishes, too", async () => {
    const server = await serve("");
    rmSync(join(directory.path, "web.yml"));
    expect(await server.get()).toMatchObject({ status: 500 });
    expect(server.errors[0]?.message).toMatch(/want a readable file, got none;/);
  });

  test("refuses the connection while the key is of another kind, and serves again once it is mended", async () => {
    const text = tls();
    makeRsaKey();
    const server = await serve(text);
    configure(text.replace("server.key", "rsa.key"));
    expect(await outcome(server, trusting())).toBe("refused");
    expect(server.errors[0]?.message).toContain("the key of another certificate");
    configure(text);
    expect(await outcome(server, trusting())).toBe(200);
  });

  test("does not let users in under the last good one", async () => {
    const server = await serve(`basic_auth_users: {alice: ${await bcrypt("a", 4)}}\n`);
    expect(await server.get({ auth: "alice:a" })).toMatchObject({ status: 200 });
    configure("basic_auth_users: {alice: nothing}\n");
    expect(await server.get({ auth: "alice:a" })).toMatchObject({ status: 500 });
  });
});

describe("a server with TLS", () => {
  test("serves HTTPS with the file's certificate, found beside the file", async () => {
    const server = await serve(tls());
    expect(server.secure).toBe(true);
    expect(await server.get(trusting())).toMatchObject({ status: 200, body: "hello" });
    expect(await outcome(server, {})).toBe("refused");
  });

  test("takes certificate and key out of the file itself", async () => {
    const indented = (pem: string) => pem.trimEnd().replaceAll("\n", "\n    ");
    const { cert, key } = directory.signed("inline", "authority", "IP:127.0.0.1");
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

  test("shows a new certificate to the next connection, when the file names another or the same one was replaced", async () => {
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
    const { cert, key } = directory.signed("later", "authority", "IP:127.0.0.1");
    configure(tls("", "swapped"));
    expect(await outcome(server, trusting())).toBe("refused");
    directory.write("swapped.pem", cert);
    directory.write("swapped.key", key);
    expect(await subject()).toBe("later");
  });

  test.each([
    ["an error", "nonsense: 1\n", /web\.yml:1:1: want one of/],
    ["no certificate", "", /web\.yml: want a certificate and key, as at the start/],
    ["a key that is another's", tls().replace("server.key", "client.key"), /key values mismatch/],
  ])("refuses connections while the file has %s, and says why", async (_title, text, message) => {
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

  test("uses the listed cipher suites only, in the listed order", async () => {
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

  test("uses the listed curves only", async () => {
    const server = await serve(tls("  curve_preferences: [CurveP384]\n"));
    expect(await outcome(server, trusting({ ecdhCurve: "P-384" }))).toBe(200);
    expect(await outcome(server, trusting({ ecdhCurve: "X25519" }))).toBe("refused");
  });
});

describe("a client's certificate", () => {
  const rules = (type: string, more = "") => tls(`  client_auth_type: ${type}\n${more}`);
  const ca = "  client_ca_file: authority.pem\n";

  /** What a client without certificate, one with a stranger's, and one with the authority's get. */
  async function outcomes(server: RunningServer): Promise<unknown[]> {
    const shown = [{}, { cert: stranger.cert, key: stranger.key }, { cert: client.cert, key: client.key }];
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
  ])("under %s and %j: none, a stranger's and a known one get %j", async (type, more, expected) => {
    const server = await serve(rules(type, more));
    const results = await outcomes(server);
    expect(results).toEqual([...expected, ...expected]);
    expect(server.handled()).toBe(results.filter((result) => result === 200).length);
  });

  test("follows a changed client_auth_type at the next connection", async () => {
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
      expect(await outcome(server, trusting({ cert: client.cert, key: client.key }))).toBe(expected);
      expect(await outcome(server, trusting())).toBe("refused");
    }
  });

  test.each(["TLSv1.2", "TLSv1.3"] as const)("still counts when a session of %s is resumed", async (maxVersion) => {
    const server = await serve(rules("RequireAndVerifyClientCert", ca));
    const { cert, key } = client;
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

/** Connects and waits for the end of the handshake, on this side. */
async function handshake(server: RunningServer, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port: server.port, ca: authority.cert, ...options });
  await once(socket, "secureConnect");
  return socket;
}

/** The first line of the answer to a request; blank where the connection ends instead. */
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
