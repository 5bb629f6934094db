/** Reads what the host asks of a guest. */

import { readFileSync } from "node:fs";

/** The kernel's command line, or what stands for it on a kernel that the host did not boot. */
export const guestWords = (): string => process.env["GUEST_WORDS"] ?? readFileSync("/proc/cmdline", "utf8");
