/** A reverse proxy that serves another server below a path of its own, as many sites do with exporters. */

import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReverseProxy {
  /** The address of the other server's `/`. */
  readonly url: string;
  /** Paths that were asked for and do not lie below the prefix. */
  readonly strays: readonly string[];
  stop(): Promise<void>;
}

/** @param prefix begins and ends with a slash. @param target the other server's address */
export async function startReverseProxy(prefix: string, target: string): Promise<ReverseProxy> {
  const strays: string[] = [];
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "";
    if (!path.startsWith(prefix)) {
      strays.push(path);
      outgoing.writeHead(404).end();
      return;
    }
    const { method, headers } = incoming;
    const url = new URL(path.slice(prefix.length - 1), target);
    const forwarded = request(url, { method, headers: { ...headers, host: url.host } }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    forwarded.on("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}${prefix}`,
    strays,
    async stop() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
