/** Receives what the program sends to systemd: a unix datagram socket, held by perl, since Node has none. */

import { once } from "node:events";
import { createInterface } from "node:readline";
import { spawn } from "./processes.ts";

/** Prints `bound`, and then each datagram as a line of hexadecimal digits. */
const script = `
use Socket; $| = 1;
my $name = shift; $name =~ s/^@/\\0/;
socket(my $socket, AF_UNIX, SOCK_DGRAM, 0) or die "socket: $!";
bind($socket, pack_sockaddr_un($name)) or die "bind: $!";
print "bound\\n";
while (defined recv($socket, my $bytes, 4096, 0)) { print unpack("H*", $bytes), "\\n"; }
`;

export interface DatagramReceiver {
  /** The received datagrams, in order. */
  readonly received: readonly string[];
  /** Waits for a datagram for which `isRight` holds. @returns the first one from the `from`th on */
  until(isRight: (text: string) => boolean, from?: number): Promise<string>;
}

/** @param address a path, or `@NAME` */
export async function receiveDatagrams(address: string): Promise<DatagramReceiver> {
  const child = spawn("perl", ["-e", script, address], { stdio: ["ignore", "pipe", "inherit"] });
  const received: string[] = [];
  const lines = createInterface(child.stdout);
  lines.on("line", (line) => {
    if (line !== "bound") received.push(Buffer.from(line, "hex").toString());
  });
  await once(lines, "line");
  return {
    received,
    async until(isRight, from = 0) {
      for (;;) {
        const found = received.slice(from).find(isRight);
        if (found !== undefined) return found;
        await once(lines, "line");
      }
    },
  };
}
