/** Encodes requests to the process connector. Sources: include/uapi/linux/connector.h, drivers/connector/cn_proc.c. */

import { littleEndian } from "../base/byte-order.ts";
import { NLMSG_DONE, NLMSG_HDRLEN } from "../netlink/constants.ts";
import { CN_IDX_PROC, CN_MSG, CN_MSG_BYTES, CN_VAL_PROC } from "./constants.ts";

/** Size of enum proc_cn_mcast_op. */
const operationBytes = 4;

/** @param operation PROC_CN_MCAST_LISTEN or PROC_CN_MCAST_IGNORE; the kernel answers both with an event of the kind NONE */
export function encodeListenRequest(operation: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(NLMSG_HDRLEN + CN_MSG_BYTES + operationBytes));
  view.setUint32(0, view.byteLength, littleEndian);
  view.setUint16(4, NLMSG_DONE, littleEndian);
  view.setUint32(NLMSG_HDRLEN + CN_MSG.idx, CN_IDX_PROC, littleEndian);
  view.setUint32(NLMSG_HDRLEN + CN_MSG.val, CN_VAL_PROC, littleEndian);
  view.setUint16(NLMSG_HDRLEN + CN_MSG.len, operationBytes, littleEndian);
  view.setUint32(NLMSG_HDRLEN + CN_MSG_BYTES, operation, littleEndian);
  return new Uint8Array(view.buffer);
}
