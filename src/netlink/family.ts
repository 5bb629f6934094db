/** Asks for the id of a generic netlink family at the start. No other file uses the package `netlink`. */

import netlink from "netlink";
import { ExporterError } from "../base/errors.ts";

/** The kernel answers at once, but on an overloaded machine this process may get no CPU for seconds to read the answer. */
const answerTimeoutMs = 15_000;

/**
 * @returns the family's id
 * @throws ExporterError FAMILY_MISSING where the kernel has no such family, SOCKET_FAILED for all else
 */
export async function resolveFamily(familyName: string): Promise<number> {
  const where = `generic netlink family ${familyName}`;
  let socket: netlink.GenericNetlinkSocket | undefined;
  try {
    socket = netlink.createGenericNetlink();
    // Without a listener on the inner socket a receive error would end the whole process.
    socket.socket.socket.on("error", () => undefined);
    socket.socket.on("error", () => undefined);
    const [family] = await socket.ctrlRequest(
      netlink.genl.Commands.GET_FAMILY,
      { familyName },
      { timeout: answerTimeoutMs },
    );
    if (family?.familyId !== undefined) return family.familyId;
  } catch (cause) {
    // The package gives the errno only as the last word of the message.
    if (!(cause instanceof Error && cause.message.endsWith("ENOENT"))) {
      throw new ExporterError("SOCKET_FAILED", { where, want: "an answer", got: String(cause), cause });
    }
  } finally {
    socket?.socket.close();
  }
  throw new ExporterError("FAMILY_MISSING", { where, want: "its id", got: "no such family" });
}
