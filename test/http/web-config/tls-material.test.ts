import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { join } from "node:path";
import { parseWebConfig } from "../../../src/http/web-config/config.ts";
import type { TlsConfig } from "../../../src/http/web-config/tls-config.ts";
import { checkTlsMaterial, protocolOptions, readTlsMaterial } from "../../../src/http/web-config/tls-material.ts";
import { execFileSync } from "../../support/processes.ts";
import { createCertificateDirectory, type CertificateDirectory, type KeyPair } from "./certificates.ts";

let directory: CertificateDirectory;
let server: KeyPair;
beforeAll(() => {
  directory = createCertificateDirectory();
  directory.authority("authority");
  server = directory.signed("server", "authority", "DNS:localhost");
  directory.signed("other", "authority", "DNS:localhost");
  // All other keys here are on a curve.
  const words = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", "rsa.key"];
  execFileSync("openssl", words, { cwd: directory.path, stdio: "pipe" });
});
afterAll(() => directory.remove());

const pair = { cert_file: "server.pem", key_file: "server.key" };

function configOf(section: object): TlsConfig {
  const { tls } = parseWebConfig(JSON.stringify({ tls_server_config: section }), "web.yml");
  if (tls === undefined) throw new Error("the section does not turn TLS on");
  return tls;
}

/** Reads and checks what the section names, beside the certificates. */
function load(section: object): void {
  const [config, file] = [configOf(section), join(directory.path, "web.yml")];
  checkTlsMaterial(readTlsMaterial(config, file), config, file);
}

describe("certificates", () => {
  test("are read from files beside the configuration, or from the configuration", () => {
    const file = join(directory.path, "web.yml");
    expect(readTlsMaterial(configOf(pair), file)).toMatchObject(server);
    expect(readTlsMaterial(configOf({ cert: server.cert, key: server.key }), file)).toMatchObject(server);
    const absolute = { ...pair, cert_file: join(directory.path, "server.pem") };
    expect(readTlsMaterial(configOf({ ...absolute, key: "k", key_file: "" }), "/elsewhere/web.yml")).toMatchObject({
      cert: server.cert,
      key: "k",
    });
  });

  test("that fit are accepted, with an authority for clients", () => {
    const clients = { client_auth_type: "RequireAndVerifyClientCert", client_ca_file: "authority.pem" };
    expect(() => load({ ...pair, ...clients })).not.toThrow();
  });

  test.each(["cert_file", "key_file", "client_ca_file"])("whose %s is missing are an error that names it", (key) => {
    const clients = { client_auth_type: "VerifyClientCertIfGiven", client_ca_file: "authority.pem" };
    expect(() => load({ ...pair, ...clients, [key]: "gone.pem" })).toThrow(
      `WEB_CONFIG at ${directory.path}/gone.pem: want a readable file, got none;`,
    );
  });

  test("with another certificate's key are an error", () => {
    expect(() => load({ ...pair, key_file: "other.key" })).toThrow(/server\.pem: want .* got .*key values mismatch/);
  });

  test("with a key of another kind are an error, of which OpenSSL says nothing", () => {
    expect(() => load({ ...pair, key_file: "rsa.key" })).toThrow(/server\.pem: .* got the key of another certificate;/);
  });

  test("that are not PEM are an error", () => {
    const want = "want a certificate with its private key, in PEM";
    expect(() => load({ ...pair, cert_file: "server.ext" })).toThrow(`${directory.path}/server.ext: ${want}`);
    expect(() => load({ cert: "a", key: "b" })).toThrow(`${directory.path}/web.yml: ${want}`);
  });

  test("of authorities are an error where there are none, or one is broken", () => {
    const clients = { ...pair, client_auth_type: "VerifyClientCertIfGiven" };
    expect(() => load({ ...clients, client_ca_file: "server.key" })).toThrow(
      /server\.key: want certificates of .* got none;/,
    );
    const broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(() => load({ ...clients, client_ca: broken })).toThrow(/web\.yml: want certificates of clients' auth/);
  });
});

describe("the protocol", () => {
  test("has all suites of Go by default, those of TLS 1.3 first, in Go's order", () => {
    const { ciphers = "", ...rest } = protocolOptions(configOf(pair));
    expect(rest).toEqual({ honorCipherOrder: true, minVersion: "TLSv1.2", maxVersion: "TLSv1.3" });
    expect(ciphers.split(":")).toHaveLength(13);
    expect(ciphers).toMatch(/^TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-ECDSA-/);
  });

  test("has the listed suites, and those of TLS 1.3 besides, as Go has them on always", () => {
    const cipher_suites = ["TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"];
    expect(protocolOptions(configOf({ ...pair, cipher_suites })).ciphers).toBe(
      "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256",
    );
  });

  test("is TLS 1.3 alone where only its suites are listed", () => {
    const section = { ...pair, min_version: "TLS10", cipher_suites: ["TLS_AES_128_GCM_SHA256"] };
    expect(protocolOptions(configOf(section)).minVersion).toBe("TLSv1.3");
  });

  test("is of OpenSSL's lowest security level where it begins with TLS 1.0 or 1.1, and only there", () => {
    const ciphersOf = (min_version: string) => protocolOptions(configOf({ ...pair, min_version })).ciphers ?? "";
    const lowest = ["TLS10", "TLS11", "TLS12", "TLS13"].map((version) => ciphersOf(version).endsWith(":@SECLEVEL=0"));
    expect(lowest).toEqual([true, true, false, false]);
  });

  test("has the listed curves in their order", () => {
    const section = { ...pair, curve_preferences: ["CurveP384", "X25519"] };
    expect(protocolOptions(configOf(section)).ecdhCurve).toBe("P-384:X25519");
  });
});
