/** Where to listen, from text. Pure. */

/** Where to listen. */
export interface ListenAddress {
  /** A name or an address; undefined for all addresses of this host. */
  readonly host: string | undefined;
  /** 0 for any that is free. */
  readonly port: number;
}

/** What `parseListenAddress` takes, for messages. */
export const listenAddressForm = "host:port, [v6]:port or :port, with a port up to 65535";

/** @returns undefined where the text is no address to listen on */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:\s[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2];
  return port > 65_535 ? undefined : { host: host === "" ? undefined : host, port };
}
