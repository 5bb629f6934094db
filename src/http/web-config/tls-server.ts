/**
 * An HTTPS server whose certificates and rules for clients are those of the web configuration file at each new connection.
 * A file that is bad at that moment costs the connection, as with exporter-toolkit; those that are open stay.
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

/** How long a client may take until it is known: one that says nothing keeps a connection for no longer. */
const handshakeMs = 10_000;

interface TlsState {
  readonly config: TlsConfig;
  readonly material: TlsMaterial;
}

/**
 * Creates the server of `handler`; it speaks HTTP/1.1 whatever `http2` says, because express knows no other.
 *
 * @throws ExporterError WEB_CONFIG if the file or a certificate is bad now
 */
export function createTlsServer(
  handler: RequestHandler,
  file: WebConfigFile,
  onError: (error: ExporterError) => void,
): Server {
  let state = readState(file);
  // Unverified clients come as far as admitsClient, which knows which of them may stay.
  const options = { ...serverOptions, ...state.material, ...askOf(state), rejectUnauthorized: false };
  const server = createServer({ ...options, handshakeTimeout: handshakeMs }, handler);

  server.prependListener("connection", (socket) => {
    try {
      const next = readState(file, state);
      if (next.material !== state.material) server.setSecureContext(next.material);
      // tls.Server reads this member at each connection; nothing documented sets it later than the constructor.
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

/** The state as the files have it now, with the material of `last` where that is unchanged. */
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
