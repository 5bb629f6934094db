/**
 * From the TLS part of a web configuration to what Node.js starts a handshake with: reads the certificates and checks them.
 */
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

/** Options of `tls.createSecureContext`, their certificates read. */
export interface TlsMaterial extends ProtocolOptions {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}

/**
 * Reads the certificates that `config`, the content of `file`, names, and does not look into them.
 *
 * @throws ExporterError WEB_CONFIG where one cannot be read
 */
export function readTlsMaterial(config: TlsConfig, file: string): TlsMaterial {
  return {
    cert: readPem(config.cert, file),
    key: readPem(config.key, file),
    ...(config.clientCa === undefined ? {} : { ca: readPem(config.clientCa, file) }),
    ...protocolOptions(config),
  };
}

/** @throws ExporterError WEB_CONFIG where `material` is not PEM, or its key is another certificate's */
export function checkTlsMaterial(material: TlsMaterial, config: TlsConfig, file: string): void {
  if (config.clientCa !== undefined) checkAuthorities(material.ca ?? "", placeOf(config.clientCa, file));
  const want = "a certificate with its private key, in PEM, and ciphers that fit the TLS versions";
  const where = placeOf(config.cert, file);
  try {
    createSecureContext(material);
  } catch (cause) {
    throw new ExporterError("WEB_CONFIG", { where, want, got: reasonOf(cause), cause });
  }
  // OpenSSL takes a key of another kind for one that belongs to a certificate that is still to come.
  if (!new X509Certificate(material.cert).checkPrivateKey(createPrivateKey(material.key))) {
    throw new ExporterError("WEB_CONFIG", { where, want, got: "the key of another certificate" });
  }
}

/** The part of the options that no file is needed for. */
export function protocolOptions(config: TlsConfig): ProtocolOptions {
  const listed = config.cipherSuites.length > 0 ? config.cipherSuites : Object.values<CipherSuite>(cipherSuites);
  const older = listed.filter((suite) => !suite.tls13);
  const newer = Object.values<CipherSuite>(cipherSuites).filter((suite) => suite.tls13);
  // OpenSSL 3 refuses TLS 1.0 and 1.1 above its lowest security level, because they sign with SHA-1.
  const level = config.minVersion === "TLSv1" || config.minVersion === "TLSv1.1" ? ["@SECLEVEL=0"] : [];
  return {
    ciphers: [...newer, ...older]
      .map((suite) => suite.openssl)
      .concat(level)
      .join(":"),
    honorCipherOrder: config.preferServerCipherSuites,
    // A list of TLS 1.3 suites alone leaves nothing to the older versions.
    minVersion: older.length === 0 ? "TLSv1.3" : config.minVersion,
    maxVersion: config.maxVersion,
    ...(config.curves.length === 0 ? {} : { ecdhCurve: config.curves.join(":") }),
  };
}

/** OpenSSL would pass over what is no certificate, and then know no authority. */
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
