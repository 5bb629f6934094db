/** Where the API server is, and with what to speak to it. */

export interface ApiServer {
  /** Name or address, an IPv6 one without brackets. */
  readonly host: string;
  readonly port: number;
  /** Holds `token` and `ca.crt`, which are renewed in place. */
  readonly serviceAccountDir: string;
}
