/** Parses an address to listen on. Pure. */

/** An address to listen on. */
export interface ListenAddress {
  /** The name or address of a host; undefined for all addresses of this host. */
  readonly host: string | undefined;
  /** 0 for any free port. */
  readonly port: number;
}

/** Describes the form of an address in error messages. */
export const listenAddressForm = "host:port, [v6]:port or :port, with a port up to 65535";

/** Parses `host:port`, `[v6]:port` or `:port`. @returns undefined where the text has none of these forms */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^:\s[\]]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2];
  return port > 65_535 ? undefined : { host: host === "" ? undefined : host, port };
}
