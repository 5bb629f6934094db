/**
 * Tables of TLS names: a web configuration file uses Go's names, and each row has the name of Node.js or OpenSSL.
 * Source: the constants of Go's crypto/tls, and tls.CipherSuites() for the suites that Go deems secure.
 */

/** `min_version` and `max_version`. */
export const tlsVersions = {
  TLS10: "TLSv1",
  TLS11: "TLSv1.1",
  TLS12: "TLSv1.2",
  TLS13: "TLSv1.3",
} as const;

export type TlsVersion = (typeof tlsVersions)[keyof typeof tlsVersions];

/** One cipher suite. Go always enables the suites of TLS 1.3, whatever the file lists. */
export interface CipherSuite {
  readonly openssl: string;
  readonly tls13: boolean;
}

/** `cipher_suites`, in Go's order of preference. */
export const cipherSuites = {
  TLS_AES_128_GCM_SHA256: { openssl: "TLS_AES_128_GCM_SHA256", tls13: true },
  TLS_AES_256_GCM_SHA384: { openssl: "TLS_AES_256_GCM_SHA384", tls13: true },
  TLS_CHACHA20_POLY1305_SHA256: { openssl: "TLS_CHACHA20_POLY1305_SHA256", tls13: true },
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: { openssl: "ECDHE-ECDSA-AES128-GCM-SHA256", tls13: false },
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: { openssl: "ECDHE-RSA-AES128-GCM-SHA256", tls13: false },
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: { openssl: "ECDHE-ECDSA-AES256-GCM-SHA384", tls13: false },
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: { openssl: "ECDHE-RSA-AES256-GCM-SHA384", tls13: false },
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: { openssl: "ECDHE-ECDSA-CHACHA20-POLY1305", tls13: false },
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: { openssl: "ECDHE-RSA-CHACHA20-POLY1305", tls13: false },
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: { openssl: "ECDHE-ECDSA-AES128-SHA", tls13: false },
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: { openssl: "ECDHE-RSA-AES128-SHA", tls13: false },
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: { openssl: "ECDHE-ECDSA-AES256-SHA", tls13: false },
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: { openssl: "ECDHE-RSA-AES256-SHA", tls13: false },
} as const satisfies Record<string, CipherSuite>;

/** `curve_preferences`. */
export const curves = {
  CurveP256: "P-256",
  CurveP384: "P-384",
  CurveP521: "P-521",
  X25519: "X25519",
} as const;

/** What the server requires of client certificates. */
export interface ClientAuth {
  /** Whether the handshake asks the client for a certificate. */
  readonly ask: boolean;
  /** Whether a client without a certificate is refused. */
  readonly require: boolean;
  /** Whether a certificate must be signed by a known authority. */
  readonly verify: boolean;
}

/** `client_auth_type`. RequireClientCert is an old name that exporter-toolkit still accepts. */
export const clientAuthTypes = {
  NoClientCert: { ask: false, require: false, verify: false },
  RequestClientCert: { ask: true, require: false, verify: false },
  RequireAnyClientCert: { ask: true, require: true, verify: false },
  RequireClientCert: { ask: true, require: true, verify: false },
  VerifyClientCertIfGiven: { ask: true, require: false, verify: true },
  RequireAndVerifyClientCert: { ask: true, require: true, verify: true },
} as const satisfies Record<string, ClientAuth>;
