import { expect, test } from "@jest/globals";
import { parseListenAddress } from "../../src/arguments/listen-address.ts";

test.each([
  [":9000", { host: undefined, port: 9000 }],
  ["127.0.0.1:9000", { host: "127.0.0.1", port: 9000 }],
  ["[::1]:9000", { host: "::1", port: 9000 }],
  ["[fe80::1%eth0]:1", { host: "fe80::1%eth0", port: 1 }],
  ["localhost:0", { host: "localhost", port: 0 }],
])("%s is an address to listen on", (text, address) => expect(parseListenAddress(text)).toEqual(address));

test.each(["9000", ":70000", "::1:9000", "[::1]", "a b:1", "", ":", "host:", "[x]:1"])(
  "%p is no address to listen on",
  (text) => expect(parseListenAddress(text)).toBeUndefined(),
);
