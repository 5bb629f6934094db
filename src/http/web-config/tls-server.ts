/**
 * An HTTPS server that reads its certificates and client rules from the web configuration file at each new connection. If the
 * file is bad at that moment, the connection is refused, as in exporter-toolkit. Open connections stay.
 */
import { createServer } from "node:https";
import type { Server } from "node:https";
import type { TLSSocket } from "node:tls";
import { isDeepStrictEqual } from "node:util";

import { ExporterError } from "../../base/errors.ts";
import { serverOptions } from "../limits.ts";
import { admitsClient } from "./client-certificate.ts";
import { checkTlsMaterial, readTlsMaterial } from "./tls-material.ts";
import type { TlsMaterial } from "./tls-material.ts";
import { webConfigError } from "./file.ts";
import type { WebConfigFile } from "./file.ts";
import type { TlsConfig } from "./tls-config.ts";
import type { RequestHandler } from "./guard.ts";

/** How long a TLS handshake may take. A silent client cannot hold a connection for longer. */
const handshakeMs = 10_000;

interface TlsState {
  readonly config: TlsConfig;
  readonly material: TlsMaterial;
}

/**
 * Creates the server. It always speaks HTTP/1.1, whatever `http2` says, because express supports no other version.
 *
 * @throws ExporterError WEB_CONFIG if the file or a certificate is bad at the start
 */
export function createTlsServer(
  handler: RequestHandler,
  file: WebConfigFile,
  onError: (error: ExporterError) => void,
): Server {
  let state = readState(file);
  // OpenSSL must not refuse unverified clients itself: admitsClient decides about them.
  const options = { ...serverOptions, ...state.material, ...askOf(state), rejectUnauthorized: false };
  const server = createServer({ ...options, handshakeTimeout: handshakeMs }, handler);

  server.prependListener("connection", (socket) => {
    try {
      const next = readState(file, state);
      if (next.material !== state.material) server.setSecureContext(next.material);
      // tls.Server reads `requestCert` at each connection. No documented function changes it after the constructor.
      Object.assign(server, askOf(next));
      state = next;
    } catch (error) {
      onError(webConfigError(error, file.path));
      socket.destroy();
    }
  });
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    if (!admitsClient(socket, state.config)) socket.destroy();
  });
  return server;
}

function askOf({ config }: TlsState): { readonly requestCert: boolean } {
  return { requestCert: config.clientAuth.ask };
}

/** Reads the files. If the material has not changed, the returned state has the same object as `last`. */
function readState(file: WebConfigFile, last?: TlsState): TlsState {
  const { tls: config } = file.read();
  if (config === undefined) {
    const want = "a certificate and key, as at the start";
    throw new ExporterError("WEB_CONFIG", { where: file.path, want, got: "a file without" });
  }
  const material = readTlsMaterial(config, file.path);
  if (last !== undefined && isDeepStrictEqual(material, last.material)) return { config, material: last.material };
  checkTlsMaterial(material, config, file.path);
  return { config, material };
}
