/** Constants of the kernel's interface, by the names that the headers give them. */

// include/linux/socket.h
export const AF_NETLINK = 16;

// include/uapi/asm-generic/socket.h
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const SO_ATTACH_FILTER = 26;
export const SO_RCVBUFFORCE = 33;
export const SO_COOKIE = 57;
export const SO_MEMINFO = 55;

// include/uapi/linux/sock_diag.h: indices into the u32 of SO_MEMINFO
export const SK_MEMINFO_RCVBUF = 1;
export const SK_MEMINFO_DROPS = 8;
export const SK_MEMINFO_VARS = 9;

// include/uapi/linux/netlink.h
export const NETLINK_CONNECTOR = 11;
export const NETLINK_GENERIC = 16;
export const SOL_NETLINK = 270;
export const NETLINK_NO_ENOBUFS = 5;
export const NLM_F_REQUEST = 1;
export const NLM_F_ACK = 4;
export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;
/** sizeof(struct nlmsghdr) */
export const NLMSG_HDRLEN = 16;
/** sizeof(struct nlattr) */
export const NLA_HDRLEN = 4;
export const NLA_TYPE_MASK = 0x3fff;

// include/uapi/linux/genetlink.h
/** sizeof(struct genlmsghdr) */
export const GENL_HDRLEN = 4;

// include/uapi/asm-generic/errno-base.h and errno.h
export const EPERM = 1;
export const ENOENT = 2;
export const ESRCH = 3;
export const EINTR = 4;
export const EBADF = 9;
export const EAGAIN = 11;
export const EINVAL = 22;

/** NLMSG_ALIGN and NLA_ALIGN: rounds a length up to a multiple of four bytes. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}
