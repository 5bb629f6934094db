import { describe, expect, test } from "@jest/globals";
import { tlsConfigOf, tlsSection, type TlsConfig } from "../../../src/http/web-config/tls-config.ts";
import { openYaml } from "../../../src/yaml/source.ts";

const pair = "cert_file: a.pem\nkey_file: a.key\n";

/** The section as the file has it, with its defaults, or its complaints. */
function parse(text: string): { readonly tls: TlsConfig | undefined; readonly complaints: readonly string[] } {
  const source = openYaml(text, "web.yml");
  const section = source.root === undefined ? undefined : tlsSection(source.root, source);
  const complaints = source.complaints().map(({ where, want, got }) => `${where}: want ${want}, got ${got}`);
  return { tls: tlsConfigOf(section ?? {}), complaints };
}

const clientCa = (type: string): string => `${pair}client_auth_type: ${type}\nclient_ca_file: ca.pem\n`;

describe("the section of TLS", () => {
  test("has TLS 1.2 and 1.3, all suites, and no client certificates by default", () => {
    expect(parse(pair)).toEqual({
      complaints: [],
      tls: {
        cert: { file: "a.pem" },
        key: { file: "a.key" },
        clientCa: undefined,
        clientAuth: { ask: false, require: false, verify: false },
        clientAllowedSans: undefined,
        minVersion: "TLSv1.2",
        maxVersion: "TLSv1.3",
        cipherSuites: [],
        preferServerCipherSuites: true,
        curves: [],
      },
    });
  });

  test("reads every key by its name in Go", () => {
    const { tls, complaints } = parse(
      `${clientCa("RequireAndVerifyClientCert")}client_allowed_sans: [a.example, 10.0.0.1]
min_version: TLS11
max_version: TLS12
cipher_suites: [TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA, TLS_AES_128_GCM_SHA256]
curve_preferences: [CurveP384, X25519]
prefer_server_cipher_suites: false
`,
    );
    expect(complaints).toEqual([]);
    expect(tls).toMatchObject({
      clientCa: { file: "ca.pem" },
      clientAuth: { ask: true, require: true, verify: true },
      clientAllowedSans: ["a.example", "10.0.0.1"],
      minVersion: "TLSv1.1",
      maxVersion: "TLSv1.2",
      cipherSuites: [{ openssl: "ECDHE-RSA-AES128-SHA" }, { openssl: "TLS_AES_128_GCM_SHA256" }],
      preferServerCipherSuites: false,
      curves: ["P-384", "X25519"],
    });
  });

  test("takes certificates out of the file itself, and prefers those of other files", () => {
    expect(parse("{cert: a, key: b}").tls).toMatchObject({ cert: { text: "a" }, key: { text: "b" } });
    expect(parse(`${pair}cert: a\nkey: b\n`).tls).toMatchObject({ cert: { file: "a.pem" }, key: { file: "a.key" } });
  });

  test.each(["{}", "min_version: TLS13", '{cert: "", key_file: "", client_auth_type: ""}', "~"])(
    "leaves TLS off, without a complaint, when it is %s",
    (text) => expect(parse(text)).toEqual({ tls: undefined, complaints: [] }),
  );
});

describe("a section that breaks a rule", () => {
  test.each([
    ["key_file: a.key", "want one of cert or cert_file, got neither"],
    ["client_auth_type: NoClientCert", "want one of cert or cert_file, got neither"],
    ["client_ca: x", "want one of cert or cert_file, got neither"],
    ["cert: x", "want one of key or key_file, got neither"],
    [`${pair}client_ca_file: ca.pem`, "want a client_auth_type that asks for certificates, beside client_ca or"],
    [clientCa("NoClientCert"), "want a client_auth_type that asks for certificates, beside client_ca or"],
    [`${pair}client_allowed_sans: [a]`, "want client_auth_type RequireAnyClientCert or RequireAndVerifyClientCert"],
    [`${clientCa("VerifyClientCertIfGiven")}client_allowed_sans: []`, "want client_auth_type RequireAnyClientCert or"],
    [`${pair}min_version: TLS13\nmax_version: TLS12`, "want a min_version that is not above max_version"],
    [`${pair}max_version: TLS11`, "want a min_version that is not above max_version, got TLSv1.2 above TLSv1.1"],
  ])("%j is complained of once, and turns nothing on", (text, complaint) => {
    const { tls, complaints } = parse(text);
    expect(complaints).toEqual([expect.stringContaining(`web.yml:1:1: ${complaint}`)]);
    expect(tls).toBeUndefined();
  });

  test.each([
    ["min_version: TLS14", 'want one of TLS10, TLS11, TLS12, TLS13, got "TLS14"'],
    ["min_version: TLSv1.2", 'want one of TLS10, TLS11, TLS12, TLS13, got "TLSv1.2"'],
    ["cipher_suites: [TLS_RSA_WITH_AES_128_CBC_SHA]", "want one of TLS_AES_128_GCM_SHA256, "],
    ["curve_preferences: [P-256]", 'want one of CurveP256, CurveP384, CurveP521, X25519, got "P-256"'],
    ["client_auth_type: require", "want one of NoClientCert, RequestClientCert, RequireAnyClientCert, "],
  ])("%s is complained of with all that is possible", (line, complaint) => {
    expect(parse(`${pair}${line}\n`).complaints).toEqual([expect.stringContaining(complaint)]);
  });
});
