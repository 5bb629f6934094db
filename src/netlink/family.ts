/**
 * Resolves a generic netlink family's id through the package `netlink`, once, at start. The only file that uses that package.
 */

import netlink from "netlink";
import { ExporterError } from "../base/errors.ts";

/** The kernel answers at once; a machine that is starved may not let this process see it for seconds. */
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
    // Without a listener on the inner socket the package ends the whole process on a receive error.
    socket.socket.socket.on("error", () => undefined);
    socket.socket.on("error", () => undefined);
    const [family] = await socket.ctrlRequest(
      netlink.genl.Commands.GET_FAMILY,
      { familyName },
      { timeout: answerTimeoutMs },
    );
    if (family?.familyId !== undefined) return family.familyId;
  } catch (cause) {
    // The package reports a refusal by its name in the text alone.
    if (!(cause instanceof Error && cause.message.endsWith("ENOENT"))) {
      throw new ExporterError("SOCKET_FAILED", { where, want: "an answer", got: String(cause), cause });
    }
  } finally {
    socket?.socket.close();
  }
  throw new ExporterError("FAMILY_MISSING", { where, want: "its id", got: "no such family" });
}
