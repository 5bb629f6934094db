/** Turns the TLS part of a web configuration into options for Node.js: reads the certificates and checks them. */
import { createPrivateKey, X509Certificate } from "node:crypto";
import { dirname, resolve } from "node:path";
import { createSecureContext } from "node:tls";
import type { SecureContextOptions } from "node:tls";

import { readBoundedFile } from "../../base/bounded-file.ts";
import { ExporterError } from "../../base/errors.ts";
import { cipherSuites } from "./tls-names.ts";
import type { CipherSuite } from "./tls-names.ts";
import { reasonOf } from "./file.ts";
import type { PemSource, TlsConfig } from "./tls-config.ts";

type ProtocolOptions = Pick<
  SecureContextOptions,
  "ciphers" | "honorCipherOrder" | "minVersion" | "maxVersion" | "ecdhCurve"
>;

/** Options for `tls.createSecureContext`, with the text of the certificates. */
export interface TlsMaterial extends ProtocolOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/**
 * Reads the certificates that `config` names. Does not check them.
 *
 * @param file the path of the web configuration file, which relative paths start from
 * @throws ExporterError WEB_CONFIG if a file cannot be read
 */
export function readTlsMaterial(config: TlsConfig, file: string): TlsMaterial {
  return {
    cert: readPem(config.cert, file),
    key: readPem(config.key, file),
    ...(config.clientCa === undefined ? {} : { ca: readPem(config.clientCa, file) }),
    ...protocolOptions(config),
  };
}

/** Checks certificates, key and ciphers. @throws ExporterError WEB_CONFIG if one is not PEM, or the key belongs to another certificate */
export function checkTlsMaterial(material: TlsMaterial, config: TlsConfig, file: string): void {
  if (config.clientCa !== undefined) checkAuthorities(material.ca ?? "", placeOf(config.clientCa, file));
  const want = "a certificate with its private key, in PEM, and ciphers that fit the TLS versions";
  const where = placeOf(config.cert, file);
  try {
    createSecureContext(material);
  } catch (cause) {
    throw new ExporterError("WEB_CONFIG", { where, want, got: reasonOf(cause), cause });
  }
  // OpenSSL does not compare a key of another type with the certificate: it expects a second certificate for that key.
  if (!new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key))) {
    throw new ExporterError("WEB_CONFIG", { where, want, got: "the key of another certificate" });
  }
}

/** The options that need no file: versions, ciphers and curves. */
export function protocolOptions(config: TlsConfig): ProtocolOptions {
  const listed = config.cipherSuites.length > 0 ? config.cipherSuites : Object.values<CipherSuite>(cipherSuites);
  const older = listed.filter((suite) => !suite.tls13);
  const newer = Object.values<CipherSuite>(cipherSuites).filter((suite) => suite.tls13);
  // OpenSSL 3 allows TLS 1.0 and 1.1 only at its lowest security level, because they sign with SHA-1.
  const level = config.minVersion === "TLSv1" || config.minVersion === "TLSv1.1" ? ["@SECLEVEL=0"] : [];
  return {
    ciphers: [...newer, ...older]
      .map((suite) => suite.openssl)
      .concat(level)
      .join(":"),
    honorCipherOrder: config.preferServerCipherSuites,
    // If only TLS 1.3 suites are listed, older versions have no suite left.
    minVersion: older.length === 0 ? "TLSv1.3" : config.minVersion,
    maxVersion: config.maxVersion,
    ...(config.curves.length === 0 ? {} : { ecdhCurve: config.curves.join(":") }),
  };
}

/** OpenSSL ignores text that is no certificate. It would then accept no client, without any error. */
function checkAuthorities(pem: string, where: string): void {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  const want = "certificates of clients' authorities, in PEM";
  if (blocks.length === 0) throw new ExporterError("WEB_CONFIG", { where, want, got: "none" });
  try {
    for (const block of blocks) new X509Certificate(block);
  } catch (cause) {
    throw new ExporterError("WEB_CONFIG", { where, want, got: reasonOf(cause), cause });
  }
}

function readPem(source: PemSource, file: string): string {
  if ("text" in source) return source.text;
  const where = placeOf(source, file);
  const { bytes, obstacle, ...failure } = readBoundedFile(where);
  if (bytes !== undefined) return bytes.toString("utf8");
  throw new ExporterError("WEB_CONFIG", { where, want: "a readable file", got: obstacle, ...failure });
}

function placeOf(source: PemSource, file: string): string {
  return "file" in source ? resolve(dirname(file), source.file) : file;
}
