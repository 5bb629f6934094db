/**
 * Decides whether a client is admitted, by the certificate of its TLS handshake. OpenSSL has checked the signatures before;
 * this file applies the rules of `client_auth_type` and `client_allowed_sans`.
 */
import { isIPv6, SocketAddress } from "node:net";
import type { TLSSocket } from "node:tls";

import type { TlsConfig } from "./tls-config.ts";

/** Whether the client of a socket is admitted. The handshake must be finished. */
export function admitsClient(socket: TLSSocket, config: TlsConfig): boolean {
  const { clientAuth, clientAllowedSans } = config;
  if (!clientAuth.ask) return true;
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return !clientAuth.require;
  if (clientAuth.verify && !socket.authorized) return false;
  if (clientAllowedSans === undefined) return true;
  return parseAltNames(certificate.subjectAltName ?? "").some((name) => clientAllowedSans.includes(name));
}

/**
 * The DNS names, mail addresses, IP addresses and URIs in a certificate's subject alternative names, which Node.js gives as
 * `DNS:a.example, IP Address:10.0.0.1`. IPv6 addresses come in their short form; other kinds of names are left out.
 */
export function parseAltNames(text: string): string[] {
  const names: string[] = [];
  // Node.js quotes a name that contains a comma or a quote, as JSON, so that one name cannot look like two.
  for (const [, kind, value = ""] of text.matchAll(/([^:,]+):("(?:[^"\\]|\\.)*"|[^,]*)(?:, |$)/g)) {
    const name = value.startsWith('"') ? unquote(value) : value;
    if (kind === "DNS" || kind === "email" || kind === "URI") names.push(name);
    if (kind === "IP Address") names.push(shortAddress(name));
  }
  return names;
}

function unquote(value: string): string {
  try {
    return String(JSON.parse(value));
  } catch {
    return ""; // A certificate may contain anything. The empty name is on no list.
  }
}

function shortAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: "ipv6" }).address : address;
}
